"""Async Python SDK for the B2Brouter e-invoicing API.

Example:
    from b2brouter_async import B2Brouter

    async with B2Brouter(api_key="test_…") as client:
        account = await client.accounts.get(1234)

Names are loaded when they are first used: importing this package costs next to nothing.
"""

from __future__ import annotations

from ._lazy import lazy_names
from ._version import __version__ as _this_version

__version__ = _this_version

# Not taken from `typing`, whose import alone takes longer than all the rest of this one. Type checkers know the name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._call.answers import CacheSettings as CacheSettings
    from ._call.attempt import Attempt as Attempt
    from ._call.attempt import Middleware as Middleware
    from ._call.attempt import Next as Next
    from ._call.content import data_uri as data_uri
    from ._call.instrumentation import recorded_replies as recorded_replies
    from ._call.retry_policy import RetryPolicy as RetryPolicy
    from ._core.downloads import Download as Download
    from ._core.downloads import DownloadStream as DownloadStream
    from ._core.exact_json import to_json as to_json
    from ._core.operation import CallOptions as CallOptions
    from ._core.operation import Options as Options
    from ._core.pagination import Page as Page
    from ._core.pagination import Pager as Pager
    from ._core.replies import Reply as Reply
    from ._core.requests import AccountId as AccountId
    from ._core.requests import Content as Content
    from ._reconcile.reconcile import Reconciliation as Reconciliation
    from ._reconcile.states import is_delivered as is_delivered
    from ._reconcile.states import is_failed as is_failed
    from ._reconcile.states import is_in_flight as is_in_flight
    from ._reconcile.states import is_refused as is_refused
    from .client import B2Brouter as B2Brouter
    from .client_options import ClientOptions as ClientOptions
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
    from .group.group import B2BrouterGroup as B2BrouterGroup
    from .group.members import GroupAccount as GroupAccount
    from .group.members import GroupIncompleteError as GroupIncompleteError
    from .group.upload import GroupOutcome as GroupOutcome
    from .group.upload import GroupUpload as GroupUpload
    from .invoicing.payment_methods import PAYMENT_METHODS as PAYMENT_METHODS
    from .invoicing.payment_methods import PaymentMethod as PaymentMethod
    from .invoicing.payment_methods import payment_method as payment_method
    from .limiter import RateLimiter as RateLimiter
    from .limiter import TokenBucket as TokenBucket
    from .resources.cursor import Cursor as Cursor
    from .resources.cursor import CursorError as CursorError
    from .resources.cursor import MemoryCursor as MemoryCursor
    from .resources.cursor import SQLiteCursor as SQLiteCursor
    from .resources.cursor import Told as Told
    from .resources.each_account import AccountResult as AccountResult
    from .resources.each_account import AccountResults as AccountResults
    from .resources.each_account import AccountsFailedError as AccountsFailedError
    from .resources.following import Change as Change
    from .resources.following import Changes as Changes
    from .resources.following import NotDeliveredError as NotDeliveredError
    from .resources.invoices import AmbiguousNumberError as AmbiguousNumberError
    from .resources.matching import AmbiguousMatchError as AmbiguousMatchError
    from .resources.processing import DeadInvoice as DeadInvoice
    from .resources.processing import Processed as Processed
    from .resources.processing import ReceivedDocument as ReceivedDocument
    from .resources.qr import NoQRCodeError as NoQRCodeError
    from .resources.qr import QRCode as QRCode
    from .resources.qr import qr_code as qr_code
    from .resources.query import Query as Query
    from .resources.query import where as where
    from .resources.reach import Reach as Reach
    from .resources.reach import Tried as Tried
    from .resources.report_chain import TaxReportChain as TaxReportChain
    from .resources.saving import MissingFile as MissingFile
    from .resources.saving import SavedFile as SavedFile
    from .resources.saving import SavedFiles as SavedFiles
    from .resources.waiting import NeverSentError as NeverSentError
    from .resources.waiting import Pace as Pace
    from .resources.waiting import WaitTimeout as WaitTimeout
    from .resources.waiting import wait_for_directory as wait_for_directory
    from .resources.waiting import wait_for_document as wait_for_document
    from .resources.waiting import wait_for_tin_verification as wait_for_tin_verification
    from .resources.waiting import wait_until as wait_until
    from .spec import SpecInfo as SpecInfo
    from .spec import preload as preload
    from .spec import spec_info as spec_info

if not TYPE_CHECKING:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "_call.answers": ("CacheSettings",),
            "_call.attempt": ("Attempt", "Middleware", "Next"),
            "_call.content": ("data_uri",),
            "_call.instrumentation": ("recorded_replies",),
            "_call.retry_policy": ("RetryPolicy",),
            "_core.exact_json": ("to_json",),
            "_core.operation": (
                "CallOptions",
                "Options",
            ),
            "_core.pagination": (
                "Page",
                "Pager",
            ),
            "_core.downloads": (
                "Download",
                "DownloadStream",
            ),
            "_core.replies": ("Reply",),
            "_core.requests": (
                "AccountId",
                "Content",
            ),
            "_reconcile.reconcile": ("Reconciliation",),
            "_reconcile.states": ("is_delivered", "is_failed", "is_in_flight", "is_refused"),
            "client": ("B2Brouter",),
            "client_options": ("ClientOptions",),
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
            "limiter": (
                "RateLimiter",
                "TokenBucket",
            ),
            "resources.cursor": ("Cursor", "CursorError", "MemoryCursor", "SQLiteCursor", "Told"),
            "group.group": ("B2BrouterGroup",),
            "group.members": ("GroupAccount", "GroupIncompleteError"),
            "group.upload": ("GroupOutcome", "GroupUpload"),
            "resources.each_account": ("AccountResult", "AccountResults", "AccountsFailedError"),
            "resources.following": ("Change", "Changes", "NotDeliveredError"),
            "resources.invoices": ("AmbiguousNumberError",),
            "resources.matching": ("AmbiguousMatchError",),
            "resources.query": ("Query", "where"),
            "resources.reach": ("Reach", "Tried"),
            "spec": (
                "SpecInfo",
                "preload",
                "spec_info",
            ),
            "resources.qr": ("NoQRCodeError", "QRCode", "qr_code"),
            "resources.report_chain": ("TaxReportChain",),
            "resources.saving": ("MissingFile", "SavedFile", "SavedFiles"),
            "resources.processing": ("DeadInvoice", "Processed", "ReceivedDocument"),
            "invoicing.payment_methods": (
                "PAYMENT_METHODS",
                "PaymentMethod",
                "payment_method",
            ),
            "resources.waiting": (
                "NeverSentError",
                "Pace",
                "WaitTimeout",
                "wait_for_directory",
                "wait_for_document",
                "wait_for_tin_verification",
                "wait_until",
            ),
        },
        siblings=("models", "bulk", "fleet", "limiter", "webhooks", "tables", "einvoice", "simulator"),
    )
