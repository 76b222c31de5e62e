"""Filters say what was meant, in the vendor's own forms, or are refused."""

from __future__ import annotations

import copy
import datetime
import pickle
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from b2brouter_async import ArgumentError, B2Brouter, BadRequestError, Query, where

if TYPE_CHECKING:
    from b2brouter_async.simulator import Simulator


@pytest.mark.parametrize(
    ("query", "text"),
    [
        # The four examples of the vendor's page.
        (where("tin_value").equals("ES92915236C"), "tin_value=ES92915236C"),
        (where("name").contains("Acme Corp"), 'name~"Acme Corp"'),
        (where("country").equals("es") & where("tin_scheme").equals(9920), "country=es AND tin_scheme=9920"),
        (~where("status").equals(9), "-status=9"),
        (where("created_at").at_least(datetime.date(2026, 1, 2)), "created_at>=2026-01-02"),
        (where("created_at").below(datetime.date(2026, 1, 2)), "created_at<2026-01-02"),
        (where("created_at").above("2026"), "created_at>2026"),
        (where("total").at_most(Decimal("10.50")), "total<=10.50"),
        (
            where("created_at").above(datetime.datetime(2026, 1, 2, 3, tzinfo=datetime.UTC)),
            "created_at>2026-01-02T03:00:00Z",
        ),
        (where("name").equals("AND"), 'name="AND"'),
        (where("name").equals("or"), 'name="or"'),
        (where("name").equals("-x"), 'name="-x"'),
        (where("name").equals("(x)"), 'name="(x)"'),
        (where("name").equals("Müller"), 'name="Müller"'),
        (where("name").equals("a=b"), 'name="a=b"'),
        (where("name").equals("O'Neill & Co"), 'name="O\'Neill & Co"'),
        (where("a").equals(1) | where("b").equals(2) | where("c").equals(3), "a=1 OR b=2 OR c=3"),
        (~(where("a").equals(1) & ~where("b").equals(2)), "-a=1 OR b=2"),
        (~~where("a").equals(1), "a=1"),
    ],
)
def test_a_filter_is_written_as_the_vendor_writes_it(query: Query, text: str) -> None:
    assert query == text
    assert isinstance(query, str)
    assert pickle.loads(pickle.dumps(query)) == text
    assert copy.deepcopy(~query) == ~query


@pytest.mark.parametrize(
    "value", ["", " ", 'say "x"', "back\\slash", "a\nb", "a\x00", True, None, 1.5, b"x", ["a"]]
)
def test_what_no_source_says_how_to_write_is_refused(value: Any) -> None:
    with pytest.raises(ArgumentError, match=r"^name: "):
        where("name").equals(value)


def test_a_moment_needs_its_zone() -> None:
    with pytest.raises(ArgumentError, match="time zone"):
        where("created_at").above(datetime.datetime(2026, 1, 2))


@pytest.mark.parametrize("field", ["", "Name", "a b", "name=", "-status", 7])
def test_what_is_no_field_is_refused(field: Any) -> None:
    with pytest.raises(ArgumentError, match="field"):
        where(field)


def test_and_beside_or_is_refused_since_nobody_says_which_binds_closer() -> None:
    both = where("a").equals(1) & where("b").equals(2)
    either = where("a").equals(1) | where("b").equals(2)
    with pytest.raises(ArgumentError, match="no source says"):
        _ = both | where("c").equals(3)
    with pytest.raises(ArgumentError, match="no source says"):
        _ = either & where("c").equals(3)
    with pytest.raises(ArgumentError, match="no source says"):
        _ = both & ~both
    assert (both & both).count("AND") == 3


def test_pythons_own_and_is_refused_since_it_would_drop_a_condition() -> None:
    with pytest.raises(TypeError, match="&"):
        where("a").equals(1) and where("b").equals(2)
    with pytest.raises(TypeError, match="where"):
        where("a").equals(1) & "b=2"  # type: ignore[operator]


@pytest.mark.anyio
async def test_the_simulator_reads_what_is_written(simulator: Simulator, client: B2Brouter) -> None:
    async def names(query: Query) -> set[str]:
        return {str(account.country) async for account in client.accounts.list(query=query)}

    assert await names(where("tin_value").equals("BE0123456749")) == {"be"}
    assert await names(where("name").contains("DIENSTEN bv")) == {"be"}
    assert await names(where("name").equals("imaginaire diensten bv")) == set()
    assert await names(where("country").equals("be") | where("country").equals("es")) == {"be", "es"}
    assert await names(~(where("country").equals("be") | where("country").equals("es"))) == set()
    assert await names(~where("country").equals("be") & ~where("status").equals(9)) == {"es"}
    assert await names(where("created_at").at_least(datetime.date(2020, 1, 1))) == {"be", "es"}
    await client.accounts.delete(simulator.accounts[1])
    assert await names(where("status").equals(9)) == {"be"}
    with pytest.raises(BadRequestError, match="invalid_query"):
        await names(where("colour").equals("red"))
