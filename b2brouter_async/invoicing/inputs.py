"""What the models of an invoice in a request can do: overrides/bases.yaml puts these classes below generated ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from attrs import define

from .._core.model import RequestModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._core.problems import Problem
    from ..einvoice.facts import Direction
    from .checks import AccountFacts, SettingFacts
    from .documents.reading import FromDocument
    from .rounding import Rounding, RoundingSettings
    from .totals import Totals


@define(kw_only=True, repr=False)
class InvoiceMethods(RequestModel):
    """What an invoice can say of itself before it is sent."""

    def totals(self, rounding: Rounding | RoundingSettings | None = None) -> Totals:
        """Return what the lines come to, exactly, as the server adds them up (behaviour 26).

        Example:
            line = InvoiceLineInput(quantity=2, price=Decimal("49.90"))
            invoice = InvoiceInput(number="F-1", invoice_lines_attributes=[line])
            invoice.totals(rounding=await client.accounts.get(1234)).total

        Args:
            rounding: how the account rounds, or the account itself; left out, as accounts do that nobody has set
                otherwise.

        Returns:
            The totals. A tax that the account adds by itself is not in them.

        Raises:
            ArgumentError: a value doesn't fit its field, an allowance or charge doesn't say which it is, or the account
                rounds in a way that is not known.
        """
        from .totals import added_up

        return added_up(self.to_dict(), rounding)

    def problems(
        self,
        *,
        account: AccountFacts | None = None,
        settings: Sequence[SettingFacts] | None = None,
        api_version: str | None = None,
    ) -> list[Problem]:
        """Return what is wrong with this invoice, and what is worth a look, as far as it can be known before it is sent.

        Example:
            invoice = InvoiceInput(number="F-1", contact_id=77)
            for problem in invoice.problems():
                print(problem.place, problem.text, problem.stops)

        Args:
            account: whose invoice it is, where you have it: a French one has rules of its own (behaviour 63).
            settings: the account's settings for tax reports, where you have them.
            api_version: the version of the API that it would be sent to; left out, every rule holds.

        Returns:
            What stops first: `invoices.create` and `upload` refuse such an invoice. All else is sent.
        """
        from .checks import problems_of

        return problems_of(self, api_version=api_version, account=account, settings=settings)

    @classmethod
    def from_document(
        cls,
        content: bytes,
        *,
        direction: Direction = "issued",
        tax_name: str | None = None,
        max_bytes: int = 20 * 1024 * 1024,
    ) -> FromDocument[Self]:
        """Make an invoice of an e-invoice: UBL, CII, Factur-X, Facturae or FatturaPA, also in a signed envelope.

        Example:
            read = InvoiceInput.from_document(Path("invoice.xml").read_bytes())
            for one in read.left_out:
                print(one.place, one.value, one.reason)
            await client.invoices.create(1234, invoice=read.invoice)

        To have a document sent as it is, `client.invoices.import_document` is the better way: nothing is left out then.

        Args:
            content: the whole document. It may come from anybody.
            direction: whether the account issues it or receives it: which party is the `contact`.
                `read_document(content).direction(ids)` tells.
            tax_name: what value added tax is called in the account; left out, by the seller's country.
            max_bytes: refuse anything bigger, in bytes.

        Returns:
            The invoice, what of the document isn't in it, and what it comes to, which is what the document states.

        Raises:
            UnreadableDocument: it can't be read, it is self-billed, or what the invoice comes to isn't what it states.
        """
        from .documents.reading import read_invoice

        return read_invoice(
            content, cls.read_plain, direction=direction, tax_name=tax_name, max_bytes=max_bytes
        )

    @classmethod
    def about(cls, key: str, value: object) -> str | None:
        """Tell what is known of a key or value that can't be sent so."""
        from .checks import payment_text
        from .keys import about_key

        return payment_text(value) if key == "payment_method" else about_key(key)


@define(kw_only=True, repr=False)
class LineMethods(RequestModel):
    """A line of an invoice."""

    @classmethod
    def about(cls, key: str, value: object) -> str | None:
        """Tell what is known of a value that can't be sent so."""
        if key != "unit":
            return None
        from .units import unit_text

        return unit_text(value)


@define(kw_only=True, repr=False)
class TaxMethods(RequestModel):
    """A tax of a line."""

    @classmethod
    def about(cls, key: str, value: object) -> str | None:
        """Tell what is known of a value that can't be sent so."""
        if key == "name":
            return "a tax without a name is dropped by the server; give it, for example IVA"
        return None
