"""Waits for what takes its time: states, directory look-ups, checks of tax numbers, documents that are not ready."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from attrs import field, frozen, validators

from .._core.backoff import Backoff, Waiting
from .._reconcile.states import SENT_OR_FINAL, complaints
from ..errors import (
    APIConnectionError,
    APIStatusError,
    ArgumentError,
    B2BrouterError,
    DeadlineExceeded,
    FailedDependencyError,
    NotFoundError,
    RateLimitTimeout,
)
from ..generated.api.directory.lookup import lookup
from ..generated.api.directory.lookup_by_country_and_scheme import lookup_by_country_and_scheme
from ..generated.api.directory.lookup_by_scheme import lookup_by_scheme
from ..generated.api.invoices.download import download
from ..generated.api.invoices.get import get as get_invoice
from ..generated.api.tax_report_batches.get import get as get_batch
from ..generated.api.tin_verifications.get import get as get_tin_verification
from ..generated.models.directory_pending import DirectoryPending

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from .._core.downloads import Download
    from .._core.operation import Client
    from .._core.requests import AccountId
    from ..errors import Retry
    from ..generated.models.directory_entry import DirectoryEntry
    from ..generated.models.invoice import Invoice
    from ..generated.models.tax_report_batch_status import TaxReportBatchStatus
    from ..generated.models.tin_verification import TinVerification

T = TypeVar("T")

_UNFINISHED = ("pending", "processing", "in_progress", "queued", "running")


class WaitTimeout(B2BrouterError, TimeoutError):
    """What was waited for did not come in time.

    Attributes:
        waited_for: what that was.
        last: what was seen last.
        timeout: seconds it was given.
    """

    retry: Retry = "later"

    def __init__(self, waited_for: str, *, last: str, timeout: float) -> None:
        """Tell what did not come."""
        super().__init__(f"{waited_for} did not come within {timeout:g} s; last seen: {last}")
        self.waited_for = waited_for
        self.last = last
        self.timeout = timeout


class NeverSentError(B2BrouterError):
    """The invoice exists, and will never be sent as it is (behaviour 23).

    Attributes:
        invoice_id: its id.
        errors: what is wrong with it.
    """

    def __init__(self, invoice_id: int, errors: tuple[str, ...]) -> None:
        """Tell what keeps the invoice back."""
        super().__init__(
            f"invoice {invoice_id} will never be sent: {'; '.join(errors)}; correct it and send it again"
        )
        self.invoice_id = invoice_id
        self.errors = errors


@frozen
class Pace(Waiting):
    """How often to ask: soon at first, then ever less. Every question costs a token of the limiter.

    Example:
        file = await client.invoices.wait_for_document(5, pace=Pace(first=0.5, longest=5.0))
    """

    first: float = field(default=1.0, validator=validators.gt(0))
    """Seconds before the second question."""
    factor: float = field(default=1.6, validator=validators.ge(1))
    longest: float = field(default=20.0, validator=validators.gt(0))
    """Seconds between two questions at most."""

    @property
    def backoff(self) -> Backoff:
        """The pauses between the questions."""
        return Backoff(first=self.first, factor=self.factor, longest=self.longest)


def pace_of(client: Client, pace: Pace | None) -> Pace:
    """Return the pace given, or the usual one on the client's clock.

    Raises:
        ArgumentError: what is passed as the client is none, for example the id in its place.
    """
    if not hasattr(client, "caller"):
        raise ArgumentError(
            f"expected a B2Brouter, got {type(client).__name__}; the client comes first", argument="client"
        )
    waiting = client.caller.waiting
    return pace or Pace(sleep=waiting.sleep, clock=waiting.clock)


async def poll(
    ask: Callable[[float], Awaitable[T]],
    show: Callable[[T], str | None],
    *,
    waited_for: str,
    timeout: float,
    pace: Pace | None = None,
) -> T:
    """Ask until the answer is what is waited for.

    Args:
        ask: asks once, within a number of seconds.
        show: None for the answer that ends it, else what was seen, in a word.
        waited_for: what that is, for the error's text.
        timeout: seconds to wait at most.
        pace: how often to ask.

    Raises:
        WaitTimeout: it did not come in time.
        ArgumentError: the timeout is not above 0.
    """
    if not timeout > 0:
        raise ArgumentError(f"{timeout} seconds is no time to wait; pass more than 0", argument="timeout")
    pace = pace or Pace()
    ends = pace.clock() + timeout
    last = "nothing"
    for pause in pace.backoff.pauses():
        left = ends - pace.clock()
        if left <= 0:
            raise WaitTimeout(waited_for, last=last, timeout=timeout)
        try:
            answer = await ask(left)
        except (DeadlineExceeded, RateLimitTimeout):
            raise WaitTimeout(waited_for, last=last, timeout=timeout) from None
        except (APIStatusError, APIConnectionError) as error:
            # A server that is away, or has enough for now, is no end of what is waited for.
            if error.retry != "later":
                raise
            last = error.problem
        else:
            seen = show(answer)
            if seen is None:
                return answer
            last = seen
        await pace.sleep(max(min(pause, ends - pace.clock()), 0.0))
    raise AssertionError("the pauses have no end")


async def wait_until(
    client: Client,
    invoice_id: int,
    states: str | Collection[str] = SENT_OR_FINAL,
    *,
    timeout: float = 300.0,
    pace: Pace | None = None,
) -> Invoice:
    """Wait until an invoice is in one of some states.

    Example:
        await client.invoices.send(5)
        invoice = await wait_until(client, 5, timeout=60.0)

    Args:
        client: the client, a view of it, or one of its resources.
        invoice_id: the invoice.
        states: any of these ends it; also one alone, as text. Left out: any in which the invoice has left the server
            or never will, `sent` among them.
        timeout: seconds to wait at most.
        pace: how often to ask.

    Returns:
        The invoice as it was read last.

    Raises:
        NeverSentError: it is new, has errors and will stay so, and `new` is not waited for.
        WaitTimeout: it did not come there in time.
        ArgumentError: no state is named.
    """
    wanted = {states} if isinstance(states, str) else {str(state) for state in states}
    if not wanted:
        raise ArgumentError("name one at least, or nothing ends the wait", argument="states")

    def show(invoice: Invoice) -> str | None:
        state = str(invoice.state)
        if state in wanted:
            return None
        if state == "new" and invoice.errors:
            raise NeverSentError(invoice_id, complaints(invoice))
        return state

    return await poll(
        lambda left: get_invoice(client, invoice_id, deadline=left),
        show,
        waited_for=f"invoice {invoice_id} in state {' or '.join(sorted(map(str, wanted)))}",
        timeout=timeout,
        pace=pace_of(client, pace),
    )


async def wait_for_directory(
    client: Client,
    country: str | None,
    identifier: str,
    *,
    scheme: str | None = None,
    timeout: float = 60.0,
    pace: Pace | None = None,
) -> DirectoryEntry:
    """Look a party up in the directory, and wait for the answer where it isn't there yet (behaviour 38).

    Example:
        entry = await wait_for_directory(client, "be", "0214596464")

    Args:
        client: the client, a view of it, or one of its resources.
        country: two letters, lower case; may be None with a scheme.
        identifier: the identifier without its scheme: `0214596464`, not `0208:0214596464`.
        scheme: the identifier's scheme, for example `0208`.
        timeout: seconds to wait at most.
        pace: how often to ask.

    Raises:
        NotFoundError: the party is not registered.
        UnprocessableError: the identifier is not valid.
        WaitTimeout: the directory did not answer in time.
        ArgumentError: neither country nor scheme is there.
    """
    if country is None and scheme is None:
        raise ArgumentError("at least one of them must say where to look", argument="country, scheme")

    async def ask(left: float) -> DirectoryEntry | DirectoryPending | FailedDependencyError:
        try:
            if country is None:
                return await lookup_by_scheme(client, scheme or "", identifier, deadline=left)
            if scheme is None:
                return await lookup(client, country, identifier, deadline=left)
            return await lookup_by_country_and_scheme(client, country, scheme, identifier, deadline=left)
        except FailedDependencyError as error:
            return error  # a network behind the server failed: to be tried again

    def show(answer: DirectoryEntry | DirectoryPending | FailedDependencyError) -> str | None:
        if isinstance(answer, FailedDependencyError):
            return answer.problem
        return "pending" if isinstance(answer, DirectoryPending) else None

    found = await poll(
        ask,
        show,
        waited_for=f"the directory's answer for {identifier}",
        timeout=timeout,
        pace=pace_of(client, pace),
    )
    assert not isinstance(found, (DirectoryPending, FailedDependencyError))
    return found


async def wait_for_tin_verification(
    client: Client, tin_verification_id: int | str, *, timeout: float = 600.0, pace: Pace | None = None
) -> TinVerification:
    """Wait until a check of tax numbers is finished (behaviour 39).

    Example:
        check = await client.tin_verifications.create(
            [{"tin_value": "ESB12345678", "name": "Acme SL"}], country="es"
        )
        check = await wait_for_tin_verification(client, check.id)

    Args:
        client: the client, a view of it, or one of its resources.
        tin_verification_id: the id that `client.tin_verifications.create` returned.
        timeout: seconds to wait at most.
        pace: how often to ask.

    Raises:
        WaitTimeout: it was not finished in time.
    """

    return await poll(
        lambda left: get_tin_verification(client, str(tin_verification_id), deadline=left),
        _unfinished,
        waited_for=f"the end of the check {tin_verification_id}",
        timeout=timeout,
        pace=pace_of(client, pace),
    )


def _unfinished(work: TinVerification | TaxReportBatchStatus) -> str | None:
    status = work.status or ("finished" if work.results else "pending")
    return status if status in _UNFINISHED else None


async def wait_for_batch(
    client: Client,
    batch_id: int | str,
    *,
    account: AccountId | None = None,
    timeout: float = 600.0,
    pace: Pace | None = None,
) -> TaxReportBatchStatus:
    """Wait until a batch of tax reports is finished.

    Args:
        client: the client, a view of it, or one of its resources.
        batch_id: the id that `client.tax_report_batches.create` returned.
        account: Id of the account; the client's own where it is left out.
        timeout: seconds to wait at most.
        pace: how often to ask.

    Raises:
        WaitTimeout: it was not finished in time.
    """

    return await poll(
        lambda left: get_batch(client, account, batch_id=str(batch_id), deadline=left),
        _unfinished,
        waited_for=f"the end of the batch {batch_id}",
        timeout=timeout,
        pace=pace_of(client, pace),
    )


async def wait_for_document(
    client: Client,
    invoice_id: int,
    document_type_code: str = "pdf.invoice",
    *,
    timeout: float = 60.0,
    pace: Pace | None = None,
) -> Download:
    """Download one of an invoice's documents, waiting for it to be made.

    Example:
        file = await wait_for_document(client, 5, "pdf.invoice")

    Right after an invoice is created its PDF can be 404 for some seconds (behaviour 33).

    Args:
        client: the client, a view of it, or one of its resources.
        invoice_id: the invoice.
        document_type_code: for example `pdf.invoice`, `original`, `legal`.
        timeout: seconds to wait at most.
        pace: how often to ask.

    Raises:
        NotFoundError: it is not there after all that time, or the invoice is not.
    """
    looked_at_invoice = False

    async def ask(left: float) -> Download | NotFoundError:
        nonlocal looked_at_invoice
        try:
            return await download(client, invoice_id, document_type_code, deadline=left)
        except NotFoundError as error:
            if not looked_at_invoice:
                # An invoice that isn't there at all has no document to wait for.
                await get_invoice(client, invoice_id, deadline=left)
                looked_at_invoice = True
            return error

    return await poll_for_file(
        ask,
        waited_for=f"{document_type_code} of invoice {invoice_id}",
        timeout=timeout,
        pace=pace_of(client, pace),
    )


async def poll_for_file(
    ask: Callable[[float], Awaitable[Download | NotFoundError]],
    *,
    waited_for: str,
    timeout: float,
    pace: Pace,
) -> Download:
    """Ask for a file until it is there.

    Args:
        ask: asks once, within a number of seconds; returns the server's 404 as long as the file may still be made.
        waited_for: which file, for messages.
        timeout: seconds to wait at most.
        pace: how often to ask.

    Raises:
        NotFoundError: it is not there after all that time.
        WaitTimeout: no answer came in that time.
        Exception: what `ask` raises, where another question can't help; see `poll`.
    """
    missing: NotFoundError | None = None

    def show(file: Download | NotFoundError) -> str | None:
        nonlocal missing
        missing = file if isinstance(file, NotFoundError) else None
        return None if missing is None else "404"

    try:
        found = await poll(ask, show, waited_for=waited_for, timeout=timeout, pace=pace)
    except WaitTimeout:
        if missing is not None:
            raise missing from None
        raise
    assert not isinstance(found, NotFoundError)
    return found
