"""What B2Brouter's sandbox offers to tests: recipients whose outcome is fixed, and invoices that arrive when you say.

Example:
    from b2brouter_async.sandbox import REFUSES

    contact = await client.contacts.create(account, contact=REFUSES.contact())
    arrived = await client.sandbox.received(Path("invoice.xml"))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol, Unpack

from attrs import frozen

from .errors import ConfigurationError

if TYPE_CHECKING:
    from ._core.operation import Caller, CallOptions
    from ._core.requests import AccountId, Content
    from .config import Environment
    from .generated.models.contact_input import ContactInput
    from .generated.models.invoice import Invoice

__all__ = ["FAILS", "RECIPIENTS", "REFUSES", "REGISTERS", "Recipient", "Sandbox", "require_sandbox"]

SANDBOX: Final = "sandbox"


@frozen
class Recipient:
    """A recipient whose outcome the sandbox fixes, over Peppol alone (behaviour 32).

    Example:
        contact = await client.contacts.create(1234, contact=REGISTERS.contact(name="Ana"))
        print(REGISTERS.gln, REGISTERS.ends_as)

    Attributes:
        gln: its number.
        states: the states that an invoice to it goes through once it was sent, in their order.
        error_code: what the invoice says then, where it fails.
    """

    gln: str
    states: tuple[str, ...]
    error_code: str | None = None

    pin_scheme = "0088"
    """The scheme of its number."""

    @property
    def ends_as(self) -> str:
        """The state that an invoice to it ends in."""
        return self.states[-1]

    def contact(self, **fields: Any) -> ContactInput:
        """Return a contact that is this recipient.

        Example:
            contact = await client.contacts.create(1234, contact=REGISTERS.contact(name="Ana"))

        Args:
            fields: further ones of `ContactInput`; name, country and tax number are made up where they are left out.
        """
        from .generated.models.contact_input import ContactInput

        given: dict[str, Any] = {
            "name": f"Sandbox recipient {self.gln}",
            "country": "es",
            "tin_value": "ESB00000018",
            "transport_type_code": "peppol",
            "document_type_code": "xml.ubl.invoice.bis3",
            **fields,
            "pin_scheme": self.pin_scheme,
            "pin_value": self.gln,
        }
        return ContactInput(**given)


REGISTERS: Final = Recipient("9508397101047", ("sent", "registered"))
"""An invoice to it is sent, then registered."""
REFUSES: Final = Recipient("9506215594996", ("sent", "registered", "refused"))
"""An invoice to it is sent, registered, then refused."""
FAILS: Final = Recipient("9500047420799", ("sent", "error"), "PEPPOL_NO_RECEIVER")
"""An invoice to it is sent and ends in error: Peppol knows no such receiver."""
RECIPIENTS: Final = (REGISTERS, REFUSES, FAILS)
"""All of them."""


class HasEnvironment(Protocol):
    """A client, or a view of it."""

    @property
    def environment(self) -> Environment:
        """The environment that its key belongs to."""
        ...


def require_sandbox(client: HasEnvironment) -> None:
    """Refuse a client of any environment but the sandbox; a test calls it before it sends anything.

    Example:
        require_sandbox(client)

    Args:
        client: the client.

    Raises:
        ConfigurationError: its key belongs to production or staging; nothing was sent.
    """
    _check(client.environment.name)


class Sandbox:
    """What the sandbox offers beside the API: `client.sandbox`. No other environment has it.

    Example:
        arrived = await client.sandbox.received(Path("invoice.xml"))
    """

    __slots__ = ("caller",)

    def __init__(self, caller: Caller, environment: str) -> None:
        """Refuse any environment but the sandbox.

        Raises:
            ConfigurationError: it is another one; nothing was sent.
        """
        _check(environment)
        self.caller: Caller = caller

    async def received(
        self, document: Content, account: AccountId | None = None, **options: Unpack[CallOptions]
    ) -> Invoice:
        """Have an invoice arrive that somebody else has sent: imported as a received one (behaviour 19).

        Example:
            arrived = await client.sandbox.received(Path("invoice.xml"))
            assert arrived.id in [row.id async for row in client.received.pending()]

        Args:
            document: an e-invoice: bytes, a path, or a stream. Its sender becomes a contact.
            account: Id of the account that receives it; the client's own where it is left out.
            options: see `CallOptions`.

        Returns:
            The received invoice. It is in the queue until somebody acknowledges it (behaviour 11).

        Raises:
            UnprocessableError: it is no e-invoice that the server can read.
            APIStatusError: the server refuses.
            OutcomeUnknownError: it is not known whether it arrived. It may be there twice if you call again: suppliers
                choose their numbers, so none guards a received invoice.
        """
        from .generated.api.invoices.import_document import import_document

        return await import_document(self, account, content=document, issued=False, **options)


def _check(environment: str) -> None:
    if environment != SANDBOX:
        raise ConfigurationError(
            f"this client works in {environment}, and this is for the sandbox alone: make it with a key that starts with "
            "test_",
            argument="environment",
        )


def __dir__() -> list[str]:
    return list(__all__)
