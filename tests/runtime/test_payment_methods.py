"""Codes of payment methods: B2Brouter's own, and those of e-invoices."""

from __future__ import annotations

from typing import Any

import pytest

from b2brouter_async import PAYMENT_METHODS, ArgumentError, payment_method


@pytest.mark.parametrize("method", PAYMENT_METHODS, ids=lambda method: str(method.code))
def test_a_method_is_found_by_its_own_code_and_by_each_twin_that_no_other_has(method: Any) -> None:
    assert payment_method(method.code) is method
    for name in ("ubl", "facturae", "fatturapa"):
        code = getattr(method, name)
        alone = code is not None and [getattr(one, name) for one in PAYMENT_METHODS].count(code) == 1
        if alone:
            assert payment_method(**{name: code}) is method


@pytest.mark.parametrize(
    ("given", "code"),
    [({"ubl": 30}, 4), ({"ubl": " 49 "}, 2), ({"facturae": 4}, 4), ({"facturae": "4"}, 4), ({"fatturapa": "mp05"}, 4),
     ({"ubl": "08"}, 3)],
)  # fmt: skip
def test_a_code_may_be_spelled_as_documents_spell_it(given: Any, code: int) -> None:
    assert payment_method(**given).code == code


@pytest.mark.parametrize("given", [{"ubl": "ZZZ"}, {"fatturapa": "MP22"}, {"ubl": "zzz"}])
def test_a_code_that_several_methods_have_is_refused_with_the_choice(given: Any) -> None:
    with pytest.raises(
        ArgumentError, match=r"several methods have this code; .*12 \(reposition\), 13 \(other"
    ):
        payment_method(**given)


@pytest.mark.parametrize(
    "given", [{"ubl": "48"}, {"ubl": "58"}, {"code": 30}, {"fatturapa": "MP99"}, {"code": 0}, {"ubl": ""}]
)
def test_a_code_that_no_source_names_is_refused_with_those_that_are_known(given: Any) -> None:
    with pytest.raises(ArgumentError, match=r"no method is known by this code; .*58 \(SEPA transfer\)"):
        payment_method(**given)


@pytest.mark.parametrize("given", [{}, {"code": 4, "ubl": "30"}])
def test_one_code_is_passed(given: Any) -> None:
    with pytest.raises(ArgumentError, match="pass one of them"):
        payment_method(**given)
