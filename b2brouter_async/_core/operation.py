"""The record that describes an operation: what generated code and the runtime share.

A generated endpoint module holds one `Operation` and the function that users call. The function turns its arguments
into a `Request` by way of the record; the client sends the request and hands the reply to `Operation.parse`. Neither
knows more of the other than this.
"""

from __future__ import annotations

import enum
from importlib import import_module
from types import MethodType
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypedDict, TypeVar, cast

from attrs import evolve, frozen

from .record import Record
from .requests import Argument, request_of
from .spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping
    from contextlib import AbstractAsyncContextManager

    from .backoff import Waiting
    from .downloads import Download, DownloadStream
    from .problems import Problem
    from .replies import Reply
    from .requests import AccountId, Request

T = TypeVar("T")
U = TypeVar("U")


class Repeat(enum.Enum):
    """Whether sending an operation a second time can do harm."""

    SAFE = "safe"
    """Reads: repeating changes nothing."""
    IDEMPOTENT = "idempotent"
    """PUT and DELETE: twice is the same as once."""
    WRITE = "write"
    """POST and PATCH: twice may be two. Repeated only when the first provably did not happen."""
    RECONCILABLE = "reconcilable"
    """A write whose fate can be looked up afterwards (an invoice, by its number; behaviour 24)."""


class Operation(Record, Generic[T]):
    """One operation of the API, as overrides/operations.yaml and the spec describe it."""

    name: str
    """Resource and method in the SDK, for example `invoices.create`."""
    method: str
    path: str
    """The path with its parameters in braces, for example `/accounts/{account}/invoices`."""
    repeat: Repeat
    parse: Callable[[Reply], T]
    arguments: tuple[Argument, ...] = ()
    media_type: str = "application/json"
    """What its body is, where it takes one."""
    accept: str = "application/json"
    evidence: str = "unstated"
    """How well the operation is known: documented, measured, sdk, third-party, inferred."""
    deprecated: bool = False
    check: Callable[[Mapping[str, object]], Iterable[Problem]] | None = None
    """Tells what is wrong with the arguments of a call, beside values that don't fit their fields."""

    def request(self, **arguments: object) -> Request:
        """Return the request that some arguments make, checked; nothing is sent.

        Example:
            create.OPERATION.request(account=1234, invoice={"number": "F-1"})

        Args:
            arguments: those of the endpoint function, by name, without the options.

        Raises:
            ArgumentError: an argument can't be sent as it is.
            TypeError: there is no such argument.
        """
        names = [argument.name for argument in self.arguments]
        for name in arguments:
            if name not in names:
                raise TypeError(_unexpected(self.name, name, arguments[name], names))
        return self.request_from(arguments)

    def request_from(self, values: Mapping[str, object]) -> Request:
        """Return the request for the arguments of the endpoint function, given as its `locals()`.

        Args:
            values: name → value; what is no argument of the operation is passed over.

        Raises:
            ArgumentError: an argument can't be sent as it is.
        """
        request = request_of(self.path, self.arguments, values, self.media_type)
        if self.check is None:
            return request
        problems = tuple(self.check(values))
        return request.changed(problems=problems) if problems else request

    def read_by(self, parse: Callable[[Reply], U]) -> Operation[U]:
        """Return the same operation, whose reply is read in another way.

        Args:
            parse: makes of the reply what the call returns.
        """
        other: Any = self.changed(parse=parse)
        return cast("Operation[U]", other)

    def check_options(self, options: CallOptions) -> None:
        """Refuse options that there are not.

        Raises:
            TypeError: there is no such option.
        """
        check_names(self.name, options, [argument.name for argument in self.arguments] if options else ())


def check_names(
    function: str,
    options: Mapping[str, object],
    arguments: Collection[str] = (),
    *,
    known: Collection[str] | None = None,
) -> None:
    """Refuse options that there are not: functions take them as `**options`, which lets everything in.

    Args:
        function: what was called, for the error's text.
        options: what it was given beside its arguments.
        arguments: its arguments, one of which may have been meant.
        known: the options that there are; those of every call where it is left out.

    Raises:
        TypeError: there is no such option.
    """
    known = CallOptions.__optional_keys__ if known is None else known
    for name in options:
        if name not in known:
            raise TypeError(_unexpected(function, name, options[name], (*arguments, *known)))


_PAGES: Final = "; a list has limit= and offset=, and `async for` gives all of it"
_WORDED_OTHERWISE: Final[Mapping[str, tuple[str, ...]]] = {
    "retry": ("max_attempts",),
    "retries": ("max_attempts",),
    **dict.fromkeys(("from_", "since", "after", "start", "start_date"), ("date_from",)),
    **dict.fromkeys(("to", "until", "before", "end", "end_date"), ("date_to",)),
    "account_id": ("account",),
}
"""What other libraries call an argument, and none of its letters would tell."""


def _unexpected(function: str, name: str, value: object, known: Collection[str]) -> str:
    problem = f"{function}() got an unexpected keyword argument {name!r}"
    meant = next((one for one in _WORDED_OTHERWISE.get(name, ()) if one in known), None)
    if meant is not None:
        return f"{problem}; did you mean {meant!r}?"
    if name in ("state", "states", "status") and "sent" in known:
        flag = value if isinstance(value, str) and value in known else "sent"
        return f"{problem}; each state is a flag of its own (behaviour 15): {flag}=True"
    if name in ("page", "per_page", "page_size", "cursor", "max_results") and "offset" in known:
        return problem + _PAGES
    return problem + did_you_mean(name, known, otherwise=f"; it takes {', '.join(sorted(known))}")


class ViewOptions(TypedDict, total=False):
    """How calls are sent. Left out, or None, the client's own setting holds."""

    timeout: float | None
    """Seconds one attempt may wait for the server."""
    deadline: float | None
    """Seconds the whole call may take: queueing, every attempt and the waits between."""
    headers: Mapping[str, str] | None
    """Further headers. The key and the version can't be set here."""
    priority: int | None
    """1 passes everything that waits with 0; uploads in bulk use 0."""
    max_attempts: int | None
    """How often the call may be sent at most; 1 never repeats."""
    attempt_timeout: float | None
    """Seconds one attempt may take altogether, its whole reply included; a reply that trickles ends there."""


class CallOptions(ViewOptions, total=False):
    """Per-call options, the same on every method.

    Example:
        options: CallOptions = {"timeout": 120.0, "priority": 0, "extra_query": {"new_filter": "x"}}
        rows = [row async for row in client.invoices.list(account=1234, **options)]
    """

    extra_query: Mapping[str, object] | None
    """Further parameters of the query, which the spec doesn't have."""
    extra_body: Mapping[str, object] | None
    """Further keys of the JSON body, beside `invoice` for example, which the spec doesn't have."""


@frozen
class Options:
    """How calls are sent: what `ViewOptions` says, with None for what it doesn't."""

    timeout: float | None = None
    deadline: float | None = None
    headers: Mapping[str, str] | None = None
    priority: int | None = None
    max_attempts: int | None = None
    attempt_timeout: float | None = None

    def with_(self, options: CallOptions | ViewOptions) -> Options:
        """Return these options where the other says nothing; headers of both."""
        changes: dict[str, Any] = {
            name: value
            for name, value in options.items()
            if value is not None and name in ViewOptions.__optional_keys__
        }
        if "headers" in changes and self.headers:
            changes["headers"] = {**self.headers, **changes["headers"]}
        return evolve(self, **changes) if changes else self


class Caller(Protocol):
    """What sends requests for endpoint functions: a client, or a view of it, from within."""

    @property
    def waiting(self) -> Waiting:
        """How pauses are made where a call says nothing else, and on which clock."""
        ...

    @property
    def server(self) -> str:
        """Whose accounts it speaks of: environment and host, for example `sandbox@api.b2brouter.net`."""
        ...

    @property
    def api_version(self) -> str:
        """The version of the API that requests are sent to."""
        ...

    def account_or_default(self, account: AccountId | None) -> AccountId:
        """Return the account given, or the one the client was made for."""
        ...

    def call(self, operation: Operation[T], request: Request, options: CallOptions) -> Coroutine[Any, Any, T]:
        """Send a request the whole way and return what the operation's parse makes of the reply.

        Raises:
            TypeError: there is no such option.
        """
        ...

    def open(
        self, operation: Operation[Download], request: Request, options: CallOptions
    ) -> AbstractAsyncContextManager[DownloadStream]:
        """Send a request the whole way and hand out the file as it comes.

        Raises:
            TypeError: there is no such option.
        """
        ...


class Client(Protocol):
    """What an endpoint function takes first: a client, a view of it, or one of its resources."""

    @property
    def caller(self) -> Caller:
        """What sends the requests."""
        ...


class Resource:
    """A group of operations that a client offers under one name."""

    __slots__ = ("caller",)

    def __init__(self, caller: Caller) -> None:
        """Bind the operations to the client that sends them."""
        self.caller: Caller = caller

    if not TYPE_CHECKING:  # type checkers know all this

        def __getattr__(self, name):
            known = [one for one in dir(type(self)) if not one.startswith("_") and one != "caller"]
            hint = "" if name.startswith("_") else did_you_mean(name, known)
            raise AttributeError(f"{type(self).__name__} has no method {name!r}{hint}")


class endpoint:  # noqa: N801 - it is written like a decorator
    """An operation of a resource. Its module is loaded when it is first touched, and its function takes this place."""

    def __init__(self, module: str, function: str | None = None) -> None:
        """Note where the function is.

        Args:
            module: folder and module below `generated.api`, for example `invoices.create`.
            function: its name there; the attribute's own where it is left out.
        """
        self._module = module
        self._function = function

    def __set_name__(self, owner: type, name: str) -> None:
        self._owner = owner
        self._name = name

    def __get__(self, instance: object, owner: type) -> object:
        function = self.__wrapped__
        setattr(self._owner, self._name, function)
        return function if instance is None else MethodType(function, instance)

    @property
    def __wrapped__(self) -> Callable[..., object]:
        """The function, where tools that write documentation look for it."""
        package = self._owner.__module__.rsplit(".", 1)[0]
        module = import_module(f"..api.{self._module}", package)
        function: Callable[..., object] = getattr(module, self._function or self._name)
        return function
