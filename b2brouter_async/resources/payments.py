"""Payments, recorded once: their reference is the only guard there is."""

from __future__ import annotations

import datetime
import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING, Unpack, cast

from ..errors import ArgumentError
from ..generated.resources import payments as generated
from .matching import AmbiguousMatchError, every

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._core.operation import CallOptions
    from .._core.requests import AccountId
    from ..generated.models.dictionaries import PaymentInputDict
    from ..generated.models.payment import Payment
    from ..generated.models.payment_input import PaymentInput


class Payments(generated.Payments):
    """Operations on payments.

    Example:
        async for payment in client.payments.list(account=1234):
            print(payment.amount)
    """

    __slots__ = ()

    async def record_once(
        self,
        account: AccountId | None = None,
        *,
        payment: PaymentInput | PaymentInputDict,
        reference: str | None = None,
        **options: Unpack[CallOptions],
    ) -> Payment:
        """Record a payment of an invoice, unless the invoice has one with this reference already.

        Example:
            await client.payments.record_once(
                1234, payment={"invoice_id": 5, "amount": Decimal("121.00")}, reference="bank-2026-11-26-0042"
            )

        The reference must be your own name of this one payment, for example the bank's id of the transfer; a transfer
        that pays two invoices may have one reference in both. A payment can't be taken back by the API. So after an
        unknown outcome it is looked for and never sent again, and tasks of one client take turns. Two processes that
        record the same payment in the same moment make two: nothing in the API prevents that. Both look afterwards, and
        the one that made the later one raises.

        Args:
            account: Id of the account; the client's own where it is left out.
            payment: the payment; `invoice_id` and `amount` are needed.
            reference: what it is known by; may stand in the payment instead.
            options: see `CallOptions`; they hold for each request.

        Returns:
            The payment, recorded now or before.

        Raises:
            AmbiguousMatchError: the reference is that of another payment of the invoice (its amount, day or method
                differ), or of several; or the payment was recorded and the server keeps another reference.
            ArgumentError: the reference, the invoice or the amount is missing.
            APIStatusError: the server refuses.
            OutcomeUnknownError: it is not known whether it was recorded, and no look shows it. Call again later: it
                looks first.
        """
        from ..generated.api.payments.create import OPERATION

        owner = self.caller.account_or_default(account)
        request = OPERATION.request(account=owner, payment=payment)
        assert request.body is not None
        given = dict(cast("Mapping[str, Mapping[str, object]]", request.body.value)["payment"])
        said = given.get("reference")
        if reference is not None and said is not None and reference != said:
            raise ArgumentError(
                f"{reference!r} here and {said!r} in the payment; say it once", argument="reference"
            )
        name = reference if said is None else said
        if not isinstance(name, str) or not name.strip() or name != name.strip():
            raise ArgumentError(
                "give the payment a text of your own that no other payment of the invoice has, without spaces around it",
                argument="reference",
            )
        invoice_id = given.get("invoice_id")
        if not isinstance(invoice_id, int) or given.get("amount") is None:
            raise ArgumentError("invoice_id and amount are needed", argument="payment")
        # One text may be written in two ways, and they would be two payments.
        name = unicodedata.normalize("NFC", name)
        given["reference"] = name

        async def look() -> list[Payment]:
            rows = await every(lambda: self.list(owner, invoice_id=invoice_id, limit=500, **options))
            return [
                row
                for row in rows
                if _same_text(row.reference, name) and row.invoice_id in (None, invoice_id)
            ]

        from .once import alone, make_once

        async with alone(self.caller, "payment", str(owner), invoice_id, name):
            found, made = await look(), False
            if not found:
                from ..generated.models.payment_input import PaymentInput

                sent = PaymentInput.read_any(given)
                found, made = await make_once(
                    lambda: self.create(owner, payment=sent, **options),
                    look,
                    waiting=self.caller.waiting,
                    way_out="Call record_once again later: it looks for the payment first",
                )
            if made:
                mine = found[0]
                if mine.reference is not None and not _same_text(mine.reference, name):
                    raise AmbiguousMatchError(
                        f"payment {mine.id} was recorded, and the server keeps its reference as {mine.reference!r}: it "
                        f"would not be found again by {name!r}. Use the server's form of it from now on",
                        (mine.id,),
                    )
                found = [one for one in await look() if one.id < mine.id] + [mine]
                if len(found) > 1:
                    raise _recorded_twice(name, found)
                return mine
            if len(found) > 1:
                raise _recorded_twice(name, found)
            _check_same(given, found[0])
            return found[0]


def _recorded_twice(reference: str, found: list[Payment]) -> AmbiguousMatchError:
    ids = tuple(one.id for one in found)
    return AmbiguousMatchError(
        f"payments {', '.join(map(str, ids))} of the invoice all have the reference {reference!r}: it is recorded "
        "more than once; take the others back in B2Brouter",
        ids,
    )


def _same_text(one: str | None, other: str) -> bool:
    return one is not None and unicodedata.normalize("NFC", one) == other


def _check_same(given: Mapping[str, object], there: Payment) -> None:
    """Refuse a reference that stands for another payment."""
    from .._core.model import fields_of
    from ..generated.models.payment_input import PaymentInput

    shown = there.to_dict()
    for item in fields_of(PaymentInput):
        if item.key == "reference":
            continue  # it was found by that
        here, other = given.get(item.key), shown.get(item.key)
        if here is not None and other is not None and _plain(here) != _plain(other):
            raise AmbiguousMatchError(
                f"payment {there.id} has this reference, and its {item.key} is {other} and not {here}: give each "
                "payment a reference of its own",
                (there.id,),
            )


def _plain(value: object) -> object:
    if isinstance(value, (int, Decimal)):
        return Decimal(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value
