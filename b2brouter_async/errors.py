"""The errors of the SDK: one tree.

    B2BrouterError                      anything this package raises on its own account
        ConfigurationError              a setting can't work; nothing was sent
        ArgumentError                   an argument can't be sent as it is; nothing was sent
        ClientClosedError               the client was closed before; nothing was sent
        RateLimitTimeout                the limiter had no place in time; nothing was sent
        LimiterUnavailableError         Redis or PostgreSQL, which keeps the limit, doesn't answer; nothing was sent
        ShapeError                      JSON that is not what the spec says
        CallError                       a call that was begun and did not end well
            APIConnectionError          the server could not be reached, or the connection broke
                APITimeoutError         … or did not answer in time
            DeadlineExceeded            the call's own deadline passed
            UnparsableReplyError        a reply that can't be understood
                ResponseTooLargeError   … or is larger than allowed
            OutcomeUnknownError         a write that may have happened
            APIStatusError              the server said no
                RedirectError           3xx
                BadRequestError         400
                AuthenticationError     401
                PermissionDeniedError   403
                NotFoundError           404
                NotAcceptableError      406
                RequestTimeoutError     408
                ConflictError           409
                UnprocessableError      422
                    DuplicateNumberError    the number is taken
                FailedDependencyError   424
                RateLimitedError        429
                ServerError             5xx

Every one of them can be pickled and copied, says itself in one line, and holds no API key.
"""

from __future__ import annotations

from typing import Literal, Self, TypeAlias

__all__ = [
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "ArgumentError",
    "AuthenticationError",
    "B2BrouterError",
    "BadRequestError",
    "CallError",
    "ClientClosedError",
    "ConfigurationError",
    "ConflictError",
    "DeadlineExceeded",
    "DuplicateNumberError",
    "FailedDependencyError",
    "LimiterUnavailableError",
    "NotAcceptableError",
    "NotFoundError",
    "OutcomeUnknownError",
    "PermissionDeniedError",
    "RateLimitTimeout",
    "RateLimitedError",
    "RedirectError",
    "RequestTimeoutError",
    "ResponseTooLargeError",
    "Retry",
    "ServerError",
    "ShapeError",
    "UnparsableReplyError",
    "UnprocessableError",
    "status_error_class",
]

Retry: TypeAlias = Literal["never", "later", "unknown"]
"""Whether trying again can help.

- `never`: the same again would be refused again, or would do again what was done.
- `later`: nothing was done, or doing it twice does no harm; it may work another time.
- `unknown`: it may have been done. Look before you try again.
"""


class B2BrouterError(Exception):
    """Anything this package raises on its own account.

    Attributes:
        retry: whether trying again can help: `never`, `later` or `unknown`.
    """

    retry: Retry = "never"

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions are rebuilt from their attributes: the classes take keyword arguments, which the default
        # way of pickling an exception can't pass on.
        return _revive, (type(self), self.args, self.__dict__.copy())


def _revive(kind: type[B2BrouterError], args: tuple[object, ...], state: dict[str, object]) -> B2BrouterError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class _InvalidArgument(ValueError):
    """An argument that can't be used.

    Attributes:
        argument: its name; None where the error is about none, or about several.
        problem: what is wrong, without the name.
    """

    argument: str | None
    problem: str

    def __init__(self, problem: str, *, argument: str | None = None) -> None:
        """Tell what is wrong with which argument."""
        super().__init__(problem if argument is None else f"{argument}: {problem}")
        self.argument = argument
        self.problem = problem


class ConfigurationError(B2BrouterError, _InvalidArgument):
    """The client was asked for something it can't do safely; nothing was sent."""


class ClientClosedError(B2BrouterError):
    """The client was closed before; nothing was sent."""


class RateLimitTimeout(B2BrouterError):
    """The limiter had no place within the time given; nothing was sent."""

    retry: Retry = "later"


class LimiterUnavailableError(B2BrouterError):
    """Redis or PostgreSQL, which keeps the limit for several processes, doesn't answer; nothing was sent."""

    retry: Retry = "later"


class ArgumentError(B2BrouterError, _InvalidArgument):
    """An argument can't be sent as it is; the text names it and says the way out. Nothing was sent."""

    def below(self, step: str | int) -> ArgumentError:
        """Return the same error, seen from one level further up: `price` in the item 0 is `[0].price`."""
        place = f"[{step}]" if isinstance(step, int) else step
        if self.argument:
            place += self.argument if self.argument.startswith("[") else f".{self.argument}"
        return ArgumentError(self.problem, argument=place)


class ShapeError(B2BrouterError, ValueError):
    """JSON that is not what the spec says, with the path of the place."""

    def __init__(self, problem: str, path: tuple[str | int, ...] = ()) -> None:
        """Tell what is wrong and where.

        Args:
            problem: what was expected and what was there.
            path: keys and indexes from the root of the JSON value to the place.
        """
        self.problem = problem
        self.path = path
        super().__init__(problem, path)

    def below(self, step: str | int) -> ShapeError:
        """Return the same error, seen from one level further up."""
        return ShapeError(self.problem, (step, *self.path))

    @property
    def json_path(self) -> str:
        """The place as a JSON path, for example `$.invoice.lines[0].price`."""
        return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)

    def __str__(self) -> str:
        return f"{self.json_path}: {self.problem}"


class CallError(B2BrouterError):
    """A call that was begun and did not end well; the base of everything below.

    Attributes:
        operation: the operation in the SDK, for example `invoices.create`.
        method: the HTTP method.
        path: the path on the server.
        attempts: how often the call was sent.
        request_id: the server's id of the request, to be named to its support (behaviour 5).
    """

    operation: str
    method: str
    path: str
    attempts: int
    request_id: str | None

    def __init__(
        self,
        problem: str,
        *,
        operation: str = "",
        method: str = "",
        path: str = "",
        attempts: int = 0,
        request_id: str | None = None,
    ) -> None:
        """Tell what happened to which call."""
        super().__init__(problem)
        self.operation = operation
        self.method = method
        self.path = path
        self.attempts = attempts
        self.request_id = request_id

    def about(self, *, operation: str, method: str, path: str, attempts: int) -> Self:
        """Fill in the call, where the error was made by somebody who didn't know it."""
        self.operation, self.method, self.path, self.attempts = operation, method, path, attempts
        return self

    @property
    def problem(self) -> str:
        """What went wrong, without the call."""
        return str(self.args[0]) if self.args else ""

    def __str__(self) -> str:
        tail = f" (request {self.request_id})" if self.request_id else ""
        head = f"{self.operation}: " if self.operation else ""
        return f"{head}{self.problem}{tail}"


class APIConnectionError(CallError):
    """The server could not be reached, or the connection broke.

    Attributes:
        sent: whether anything may have left this machine. False means that the server can't have seen the request.
        status: HTTP status of the reply, where that much of it came. A 2xx on a write means that it happened.
        host: the server, with its port where that is not the usual one.
        hint: where to look, if the server was not reached.
    """

    retry: Retry = "later"

    def __init__(
        self,
        problem: str,
        *,
        sent: bool,
        status: int | None = None,
        request_id: str | None = None,
        host: str | None = None,
        hint: str | None = None,
    ) -> None:
        """Tell what broke, and how far the request had come."""
        super().__init__(f"{problem}. {hint}" if hint else problem, request_id=request_id)
        self.sent = sent
        self.status = status
        self.host = host
        self.hint = hint


class APITimeoutError(APIConnectionError, TimeoutError):
    """The server or the network did not answer in time; `sent` tells whether the request may have arrived."""


class DeadlineExceeded(CallError, TimeoutError):
    """The call's own deadline passed. What it asked for did not happen, or can be asked for again without harm.

    Attributes:
        deadline: seconds the call was given.
    """

    retry: Retry = "later"

    def __init__(self, problem: str, *, deadline: float) -> None:
        """Tell what the time ran out on."""
        super().__init__(problem)
        self.deadline = deadline


class UnparsableReplyError(CallError):
    """The server answered something that can't be understood.

    Attributes:
        status: HTTP status of the reply. A 2xx on a write means that it happened: don't send it again.
        json_path: the place that doesn't fit, for example `$.invoice.id`.
        body: the first 64 KiB of the reply.
    """

    def __init__(
        self,
        problem: str,
        *,
        status: int | None = None,
        json_path: str = "$",
        body: bytes = b"",
        request_id: str | None = None,
    ) -> None:
        """Tell what was wrong with the reply, and where."""
        super().__init__(problem, request_id=request_id)
        self.status = status
        self.json_path = json_path
        self.body: bytes = body[:65536]


class ResponseTooLargeError(UnparsableReplyError):
    """The reply is larger than the client's `max_response_bytes`; it was not read to its end."""


class OutcomeUnknownError(CallError):
    """A write was sent and nobody knows whether it happened. It was not sent again.

    Attributes:
        account: the account the write was about, if its path names one.
        number: the invoice's number, where the request carried one.
        reason: what cut the knowledge off, for example a timeout.
        status: the reply's status, where one came.
        advice: what to do next.
    """

    retry: Retry = "unknown"

    def __init__(
        self,
        reason: str,
        *,
        advice: str,
        account: str | None = None,
        number: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
    ) -> None:
        """Tell what is not known, and how to find out."""
        super().__init__(reason, request_id=request_id)
        self.account = account
        self.number = number
        self.status = status
        self.advice = advice

    @property
    def reason(self) -> str:
        """What cut the knowledge off."""
        return self.problem

    def __str__(self) -> str:
        about = [f"account {self.account}"] if self.account else []
        about += [f"number {self.number}"] if self.number else []
        about += [f"{self.attempts} attempt{'' if self.attempts == 1 else 's'}"] if self.attempts else []
        if self.request_id:
            about.append(f"request {self.request_id}")
        where = f" ({', '.join(about)})" if about else ""
        return f"{self.operation or 'call'}: it is unknown whether this happened: {self.reason}{where}. {self.advice}"


def _may_pass(status: int) -> bool:
    """Tell whether the same request may get another status later."""
    # 501 and 505 are about what the server can do at all.
    return status in (408, 424, 425, 429) or (status >= 500 and status not in (501, 505))


class APIStatusError(CallError):
    """The server said no. All known shapes of its error bodies end in these attributes (behaviour 40).

    Attributes:
        status: HTTP status.
        code: the server's code, for example `parameter_taken`; None where it gave none.
        message: the server's words, or ours where it had none.
        param: the parameter that the server complains about.
        type: the server's own class of error, for example `invalid_request_error`.
        details: whatever stood in `details`.
        errors: every single complaint as text.
        retry_after: seconds the server asks to wait, where it said.
        body: the reply as parsed JSON, or as text where it is no JSON.
        hint: what usually helps, for the codes whose cause is known.
    """

    def __init__(
        self,
        *,
        status: int,
        code: str | None = None,
        message: str = "",
        param: str | None = None,
        type: str | None = None,
        details: object = None,
        errors: tuple[str, ...] = (),
        retry_after: float | None = None,
        body: object = None,
        hint: str | None = None,
        request_id: str | None = None,
    ) -> None:
        """Hold what the server said."""
        parts = [str(status), code or "", f"({param})" if param else ""]
        problem = " ".join(part for part in parts if part) + (f": {message}" if message else "")
        if retry_after is not None:
            problem += f"; the server asks to wait {retry_after:g} s"
        super().__init__(f"{problem.rstrip('.')}. {hint}" if hint else problem, request_id=request_id)
        self.retry: Retry = "later" if _may_pass(status) else "never"
        self.status = status
        self.code = code
        self.message = message
        self.param = param
        self.type = type
        self.details = details
        self.errors = errors
        self.retry_after = retry_after
        self.body = body
        self.hint = hint


class RedirectError(APIStatusError):
    """3xx that was not followed: another host, a write, or too many. The key goes to no other host (behaviour 7)."""


class BadRequestError(APIStatusError):
    """400: a parameter, a query expression or the API version."""


class AuthenticationError(APIStatusError):
    """401: the key is missing, wrong, expired, or of another environment."""


class PermissionDeniedError(APIStatusError):
    """403: the key may not do this."""


class NotFoundError(APIStatusError):
    """404: not there, deleted (behaviour 35), or out of this key's reach."""


class NotAcceptableError(APIStatusError):
    """406: the media type is not taken (behaviour 18)."""


class RequestTimeoutError(APIStatusError):
    """408: the server gave up waiting for the request."""


class ConflictError(APIStatusError):
    """409: the state of the resource forbids it."""


class UnprocessableError(APIStatusError):
    """422: the content was understood and refused."""


class DuplicateNumberError(UnprocessableError):
    """422 `parameter_taken` on `number`: the account has this number in this series and year (behaviour 24).

    Attributes:
        number: the number that is taken, where the request carried it.
        invoice_id: id of the invoice that has it, where somebody looked.
    """

    number: str | None = None
    invoice_id: int | None = None

    @property
    def problem(self) -> str:
        """What went wrong, without the call, and where the other invoice is."""
        said = super().problem.rstrip(".")
        if self.invoice_id is not None:
            return f"{said}. Invoice {self.invoice_id} has the number {self.number or ''}".rstrip()
        if self.number is not None:
            return f"{said}. client.invoices.find_by_number({self.number!r}) shows the invoice that has it"
        return said


class FailedDependencyError(APIStatusError):
    """424: a network behind the server failed; try again later (behaviour 38)."""


class RateLimitedError(APIStatusError):
    """429: too many requests on this key, by whichever program."""


class ServerError(APIStatusError):
    """5xx: the server failed."""


_BY_STATUS: dict[int, type[APIStatusError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    406: NotAcceptableError,
    408: RequestTimeoutError,
    409: ConflictError,
    422: UnprocessableError,
    424: FailedDependencyError,
    429: RateLimitedError,
}


def status_error_class(status: int) -> type[APIStatusError]:
    """Return the class of the error that a status stands for.

    Example:
        assert status_error_class(404) is NotFoundError
    """
    if 300 <= status < 400:
        return RedirectError
    if status >= 500:
        return ServerError
    return _BY_STATUS.get(status, APIStatusError)


def __dir__() -> list[str]:
    return list(__all__)
