"""Async Python SDK for the B2Brouter e-invoicing API.

    from b2brouter_async import B2Brouter

    async with B2Brouter(api_key="test_…") as client:
        account = await client.accounts.get(1234)

Names are loaded when they are first used: importing this package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .client import B2Brouter as B2Brouter
    from .client import ClientOptions as ClientOptions
    from .errors import APIConnectionError as APIConnectionError
    from .errors import APIStatusError as APIStatusError
    from .errors import APITimeoutError as APITimeoutError
    from .errors import ArgumentError as ArgumentError
    from .errors import AuthenticationError as AuthenticationError
    from .errors import B2BrouterError as B2BrouterError
    from .errors import BadRequestError as BadRequestError
    from .errors import CallError as CallError
    from .errors import ClientClosedError as ClientClosedError
    from .errors import ConfigurationError as ConfigurationError
    from .errors import ConflictError as ConflictError
    from .errors import DeadlineExceeded as DeadlineExceeded
    from .errors import DuplicateNumberError as DuplicateNumberError
    from .errors import FailedDependencyError as FailedDependencyError
    from .errors import LimiterUnavailableError as LimiterUnavailableError
    from .errors import NotAcceptableError as NotAcceptableError
    from .errors import NotFoundError as NotFoundError
    from .errors import OutcomeUnknownError as OutcomeUnknownError
    from .errors import PermissionDeniedError as PermissionDeniedError
    from .errors import RateLimitedError as RateLimitedError
    from .errors import RateLimitTimeout as RateLimitTimeout
    from .errors import RedirectError as RedirectError
    from .errors import RequestTimeoutError as RequestTimeoutError
    from .errors import ResponseTooLargeError as ResponseTooLargeError
    from .errors import ServerError as ServerError
    from .errors import ShapeError as ShapeError
    from .errors import UnparsableReplyError as UnparsableReplyError
    from .errors import UnprocessableError as UnprocessableError
    from .files import data_uri as data_uri
    from .invoices import AmbiguousNumberError as AmbiguousNumberError
    from .limiter import RateLimiter as RateLimiter
    from .limiter import TokenBucket as TokenBucket
    from .middleware import Attempt as Attempt
    from .middleware import Middleware as Middleware
    from .middleware import Next as Next
    from .operation import Download as Download
    from .operation import Reply as Reply
    from .pagination import Page as Page
    from .pagination import Pager as Pager
    from .reconcile import Reconciliation as Reconciliation
    from .recording import recorded_replies as recorded_replies
    from .retry import RetryPolicy as RetryPolicy
    from .spec import SpecInfo as SpecInfo
    from .spec import preload as preload
    from .spec import spec_info as spec_info
    from .waiting import NeverSentError as NeverSentError
    from .waiting import Pace as Pace
    from .waiting import WaitTimeout as WaitTimeout
    from .waiting import wait_for_directory as wait_for_directory
    from .waiting import wait_for_document as wait_for_document
    from .waiting import wait_for_tin_verification as wait_for_tin_verification
    from .waiting import wait_until as wait_until

_HOMES = {
    "client": ("B2Brouter", "ClientOptions"),
    "errors": (
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
        "RateLimitedError",
        "RateLimitTimeout",
        "RedirectError",
        "RequestTimeoutError",
        "ResponseTooLargeError",
        "ServerError",
        "ShapeError",
        "UnparsableReplyError",
        "UnprocessableError",
    ),
    "files": ("data_uri",),
    "operation": ("Download", "Reply"),
    "pagination": ("Page", "Pager"),
    "middleware": ("Attempt", "Middleware", "Next"),
    "retry": ("RetryPolicy",),
    "spec": ("SpecInfo", "preload", "spec_info"),
    "invoices": ("AmbiguousNumberError",),
    "limiter": (
        "RateLimiter",
        "TokenBucket",
    ),
    "reconcile": ("Reconciliation",),
    "recording": ("recorded_replies",),
    "waiting": (
        "NeverSentError",
        "Pace",
        "WaitTimeout",
        "wait_for_directory",
        "wait_for_document",
        "wait_for_tin_verification",
        "wait_until",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
