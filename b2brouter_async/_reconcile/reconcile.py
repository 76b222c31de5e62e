"""Settles invoice writes of unknown fate by their number (behaviours 24 and 25).

There is no idempotency key for invoices. The guard is the number: the server refuses a second issued invoice with the
same account, series and year. So what was lost can be looked for, taken over if it is there, and sent again if it is
provably not.
"""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING

from attrs import field, frozen, validators

from .._core.backoff import Backoff, Waiting
from ..errors import (
    APIStatusError,
    AuthenticationError,
    B2BrouterError,
    DuplicateNumberError,
    OutcomeUnknownError,
    PermissionDeniedError,
    UnparsableReplyError,
)
from .listing import RECEIVED
from .look import NOWHERE, Finding, Window, by_the_machine, look, look_patiently
from .queries import Queries

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from .._core.operation import Caller
    from .._core.requests import AccountId
    from ..generated.models.invoice import Invoice
    from .sought import Sought

_log = logging.getLogger("b2brouter_async")


@frozen
class Reconciliation(Waiting):
    """How patiently a write of unknown fate is looked for.

    Example:
        invoice = await client.invoices.import_document(
            1234,
            content=Path("invoice.xml"),
            on_unknown="reconcile",
            reconciliation=Reconciliation(looks=(0.0, 2.0, 10.0), sends=2),
        )
    """

    looks: tuple[float, ...] = field(
        default=(0.0, *Backoff(first=1.0, factor=3.0).pauses(within=10.0)),
        validator=[validators.min_len(1), validators.deep_iterable(validators.ge(0))],
    )
    """Seconds to wait before each look: a list may lag behind what was created."""
    sends: int = field(default=3, validator=validators.ge(1))
    """How often the invoice is sent at most, each further time only after it was provably absent."""


async def settle(
    send: Callable[[float | None], Awaitable[Invoice]],
    caller: Caller,
    account: AccountId,
    describe: Callable[[], Awaitable[Sought | None]],
    how: Reconciliation,
    *,
    deadline: float | None = None,
) -> Invoice:
    """Send an invoice until it is there exactly once.

    Args:
        send: sends it once, within a number of seconds; raises OutcomeUnknownError where its fate is unknown.
        caller: sends the questions about it.
        account: whose it is.
        describe: tells what to look for; None where that can't be told.
        how: how patiently.
        deadline: seconds for sending, looking and sending again together.

    Returns:
        The invoice, made just now or found.

    Raises:
        OutcomeUnknownError: it is still not known: it can't be recognised, the looks failed, or time ran out.
        DuplicateNumberError: another invoice has this number.
        B2BrouterError: whatever refuses the invoice.
    """
    ends = math.inf if deadline is None else how.clock() + deadline

    def left() -> float | None:
        return None if math.isinf(ends) else max(ends - how.clock(), 0.001)

    server = Queries(caller, account, left=left)
    window = Window(by_the_machine())
    doubt: OutcomeUnknownError | None = None
    for _ in range(how.sends):
        made = taken = False
        try:
            return await send(left())
        except OutcomeUnknownError as error:
            doubt = error
            made = error.status is not None and 200 <= error.status < 300
        except UnparsableReplyError as error:
            if error.status is None or not 200 <= error.status < 300:
                raise
            doubt, made = doubt_of(error), True
        except DuplicateNumberError:
            if doubt is None:
                raise
            # The number was free a moment ago: the lost request has arrived after all, or somebody else's has.
            taken = True
        except B2BrouterError as error:
            if doubt is None or _refuses(error):
                raise
            # That this sending failed is certain, but what became of the first is not.
            doubt.add_note(f"sending it again failed: {error}")
            raise doubt from error
        doubt.account = doubt.account or str(account)
        sought = await describe()
        if sought is None:
            doubt.add_note("no number could be read from the document, so it could not be looked for")
            raise doubt
        doubt.number = sought.number
        doubt.advice = (
            "It was looked for; look again with client.invoices.find_by_number before sending it again"
        )
        found = await _found(sought, server, window, how, ends, doubt, made=made)
        if found is not None:
            return found
        if made or taken:
            # The server has it, but shows it nowhere yet: sending again could make a second one.
            break
    assert doubt is not None
    raise doubt


async def _found(
    sought: Sought,
    server: Queries,
    window: Window,
    how: Reconciliation,
    ends: float,
    doubt: OutcomeUnknownError,
    *,
    made: bool,
) -> Invoice | None:
    """Look until it is found; return None if it is in no list.

    Args:
        sought: what is looked for.
        server: where.
        window: since when it may have been made.
        how: how patiently.
        ends: when the time is up, on the clock of `how`.
        doubt: the error that says that its fate is unknown.
        made: whether the server said that it took it, or something in between pretends so.
    """
    cut = False

    def pauses() -> Iterator[float]:
        nonlocal cut
        for pause in how.looks:
            if how.clock() + pause >= ends:
                cut = True
                return
            yield pause

    try:
        finding, failure = await look_patiently(
            lambda: look(sought, server, window=window), pauses(), how.sleep
        )
    except (AuthenticationError, PermissionDeniedError) as error:
        finding, failure = NOWHERE, error
    if failure is not None:
        # A look that fails proves nothing, and least of all that the invoice is absent.
        doubt.add_note(f"looking for it failed: {failure}")
        raise doubt from failure
    if cut and finding.verdict != "same":
        doubt.add_note("the deadline left no time to look for it")
        raise doubt
    if finding.verdict == "nowhere":
        return None
    invoice = finding.invoice
    assert invoice is not None
    if finding.older and RECEIVED in sought.types:
        return None  # suppliers choose their numbers without asking one another
    if (finding.verdict == "other" or finding.older) and not made:
        raise _taken(sought, invoice.id, finding, doubt)
    if finding.verdict != "same" or finding.older:
        ids = " and ".join(map(str, finding.ids))
        why = f" ({finding.reason})" if finding.reason else ""
        doubt.add_note(f"invoice {ids}: the same number, but perhaps not this invoice{why}: compare them")
        raise doubt
    if finding.comparison.added:
        _log.warning("invoice %s was found on the server; %s", invoice.id, finding.comparison)
    try:
        return await server.get(invoice.id)
    except B2BrouterError as error:
        doubt.advice = f"It is there as invoice {invoice.id}, don't send it again"
        doubt.add_note(f"reading invoice {invoice.id} failed: {error}")
        raise doubt from error


def _taken(
    sought: Sought, invoice_id: int, finding: Finding, doubt: OutcomeUnknownError
) -> DuplicateNumberError:
    message = (
        "the number was taken before this call"
        if finding.older
        else f"the number is taken by another invoice: {finding.reason}"
    )
    error = DuplicateNumberError(status=422, code="parameter_taken", param="number", message=message)
    error.number, error.invoice_id = sought.number, invoice_id
    return error.about(
        operation=doubt.operation, method=doubt.method, path=doubt.path, attempts=doubt.attempts
    )


def _refuses(error: B2BrouterError) -> bool:
    """Tell whether an error is about the invoice, so that no sending of it can have been taken."""
    return isinstance(error, APIStatusError) and error.status in (400, 413, 415, 422)


def doubt_of(error: UnparsableReplyError) -> OutcomeUnknownError:
    """Return what a write is whose reply says yes and can't be read."""
    doubt = OutcomeUnknownError(
        error.problem,
        advice="The server accepted it: look for it with client.invoices.find_by_number, don't send it again",
        status=error.status,
        request_id=error.request_id,
    )
    return doubt.about(
        operation=error.operation, method=error.method, path=error.path, attempts=error.attempts
    )
