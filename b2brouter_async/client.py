"""`B2Brouter`: configuration, resources, account views, open and close."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeVar, Unpack, cast, overload
from urllib.parse import urlsplit

from ._call.http_library import http_library, library_of
from ._call.kept import KEPT
from ._call.options import check_options
from ._call.pipeline import Pipeline
from ._call.transport import Transport
from ._core.called_on_class import tell_what_was_meant
from ._core.operation import Options, ViewOptions, check_names
from ._core.record import Record
from ._core.requests import expand, with_extra
from ._core.spelling import did_you_mean
from ._version import __version__
from .config import (
    VARIABLES,
    ProxyURL,
    Secret,
    check_base_url,
    check_version,
    choose_environment,
    from_variables,
    key_from_variables,
    number_from_variables,
    refuse_misspelt_variables,
)
from .errors import ArgumentError, ClientClosedError, ConfigurationError
from .generated.platform import API_VERSION, TEST_KEY_PREFIX
from .generated.resources import Resources
from .limiter import shared_bucket

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable, Coroutine, Iterable
    from contextlib import AbstractAsyncContextManager
    from types import TracebackType

    from ._call.answers import Answers, CacheSettings
    from ._call.attempt import Middleware
    from ._call.http_library import AsyncClient, HTTPLibrary, TransportName
    from ._call.retry_policy import RetryPolicy
    from ._core.backoff import Waiting
    from ._core.downloads import Download, DownloadStream
    from ._core.model import Model
    from ._core.operation import CallOptions, Operation
    from ._core.pagination import Page
    from ._core.replies import Reply
    from ._core.requests import AccountId, Content, Request
    from .bulk import Upload, UploadSettings
    from .client_options import ClientOptions
    from .config import Environment
    from .generated.platform import EnvironmentName
    from .limiter import RateLimiter
    from .resources.accounts import Accounts
    from .resources.contacts import Contacts
    from .resources.each_account import AccountResult, AccountResults, Progress
    from .resources.invoices import Invoices
    from .resources.ledgers import Ledgers
    from .resources.lookups import Directory, TinVerifications
    from .resources.payments import Payments
    from .resources.received import Received
    from .resources.tax_report_settings import TaxReportSettings
    from .resources.tax_reports import TaxReportBatches, TaxReports
    from .resources.web_hooks import WebHooks
    from .sandbox import Sandbox

__all__ = ["B2Brouter"]

T = TypeVar("T")
M = TypeVar("M", bound="Model")


class _Kept:
    """The small answers of a client and its views."""

    def __init__(self, pipeline: Pipeline, settings: CacheSettings | None) -> None:
        self._pipeline = pipeline
        self._settings = settings

    @cached_property
    def answers(self) -> Answers:
        """What keeps them; most programs ask for none that is kept, and load nothing of it."""
        from ._call.answers import Answers, CacheSettings

        return Answers(self._pipeline, self._settings or CacheSettings())


class _ClientCaller(Record):
    """What the resources of one client or view call: the shared pipeline, with the view's own defaults."""

    pipeline: Pipeline
    account: AccountId | None
    defaults: Options
    server: str
    """Environment and host: an account's id means something only there."""
    api_version: str
    """The version of the API that requests are sent to."""
    kept: _Kept | None
    """The small answers that are kept; all views of a client share them."""

    @property
    def answers(self) -> Answers | None:
        """What keeps small answers."""
        return None if self.kept is None else self.kept.answers

    @property
    def waiting(self) -> Waiting:
        """How pauses are made where a call says nothing else, and on which clock."""
        from ._core.backoff import Waiting

        return Waiting(sleep=self.pipeline.sleep, clock=self.pipeline.clock)

    def account_or_default(self, account: AccountId | None) -> AccountId:
        """Return the account given, or the one this client or view was made for."""
        chosen = self.account if account is None else account
        if chosen is None:
            raise ArgumentError(
                "name one, or make the client for one: client.account(id), B2Brouter(account=id)",
                argument="account",
            )
        if type(chosen) is not int:
            check_account(chosen)
        return chosen

    def call(self, operation: Operation[T], request: Request, options: CallOptions) -> Coroutine[Any, Any, T]:
        """Send a request the whole way."""
        checked, merged = self._checked(operation, request, options)
        if self.kept is not None and operation.name in KEPT:
            return self.kept.answers.call(operation, checked, merged)
        return self.pipeline.call(operation, checked, merged)

    def open(
        self, operation: Operation[Download], request: Request, options: CallOptions
    ) -> AbstractAsyncContextManager[DownloadStream]:
        """Send a request the whole way and hand out the file as it comes."""
        return self.pipeline.open(operation, *self._checked(operation, request, options))

    def _checked(
        self, operation: Operation[Any], request: Request, options: CallOptions
    ) -> tuple[Request, Options]:
        """Return the request with what the spec doesn't have, and the call's options over the client's."""
        operation.check_options(options)
        if request.problems:
            from ._core.problems import refuse

            refuse(request.problems, self.api_version)
        if options.get("extra_query") or options.get("extra_body"):
            request = with_extra(request, options.get("extra_query"), options.get("extra_body"))
        merged = self.defaults
        if options:
            merged = merged.with_(options)
            check_options(merged)
        return request, merged


class B2Brouter(Resources):
    """A client of the B2Brouter API.

    Example:
        async with B2Brouter(api_key="test_…") as client:
            async for invoice in client.invoices.list(account=1234):
                print(invoice.number, invoice.state)

    One client serves a whole program: its connections, its limiter and its settings are shared by every task.
    """

    caller: _ClientCaller

    if not TYPE_CHECKING:  # type checkers know all this

        def __new__(cls, *arguments, **settings):
            """Say what was meant where a setting is misspelt, or the key was forgotten."""
            if cls.__init__ is B2Brouter.__init__:
                problem = _misspelt(len(arguments), settings)
                if problem is not None:
                    arguments, settings = (), {}  # the key may be among them, and the frame is kept
                    raise TypeError(problem)
            return super().__new__(cls)

        def __getattr__(self, name):
            known = [one for one in dir(type(self)) if not one.startswith("_")]
            hint = "" if name.startswith("_") else did_you_mean(name, known)
            if name in ("get", "post", "put", "patch", "delete"):
                hint = f'; client.invoices and the like have methods, and client.request("{name.upper()}", "/…") calls any path'
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}{hint}")

        def __enter__(self):
            raise TypeError("a client is opened with `async with`, since closing it takes an await")

        def __exit__(self, *error):
            pass

    def __init__(
        self,
        api_key: str | Secret,
        environment: EnvironmentName | None = None,
        *,
        account: AccountId | None = None,
        api_version: str | None = None,
        base_url: str | None = None,
        requests_per_minute: int | None = None,
        burst: float | None = None,
        timeout: float = 60.0,
        deadline: float | None = None,
        priority: int = 1,
        retry: RetryPolicy | None = None,
        max_attempts: int | None = None,
        headers: Mapping[str, str] | None = None,
        max_response_bytes: int = 100 * 1024 * 1024,
        ssl_context: ssl.SSLContext | None = None,
        proxy: str | ProxyURL | None = None,
        http_client: AsyncClient | None = None,
        transport: TransportName = "httpx",
        limiter: RateLimiter | None = None,
        middleware: Sequence[Middleware] = (),
        user_agent: str | None = None,
        cache: bool | CacheSettings = True,
    ) -> None:
        """Check the settings. Nothing is sent and no connection is made before the first call.

        Args:
            api_key: the key. One that starts with `test_` belongs to the sandbox.
            environment: `production`, `staging` or `sandbox`; may be left out with a `test_` key alone.
            account: the account that calls are about when they name none.
            api_version: what X-B2B-API-Version says, as YYYY-MM-DD; the spec's version when left out.
            base_url: another server, for example the simulator. Plain http goes to this machine alone.
            requests_per_minute: another limit than the environment's.
            burst: how many calls may leave at once after idling, at most a twentieth of the limit. Left out, so many
                for interactive calls and a fifth of it for bulk work. The first client of a key decides.
            timeout: seconds one attempt waits for the server at each step: a connection (at most 10), a write,
                the reply. Creating and sending can be slow (behaviour 43).
            deadline: seconds a whole call may take, waiting for the limiter, attempts and pauses together;
                None is no end.
            priority: 1 passes everything that waits with 0; uploads in bulk use 0.
            retry: how often and how patiently calls are repeated where that is safe.
            max_attempts: how often a call is sent at most; shorter than `retry=RetryPolicy(max_attempts=…)`.
            headers: further headers on every request.
            max_response_bytes: replies and downloads are read no further; for a larger one
                `ResponseTooLargeError` is raised.
            ssl_context: for networks that inspect TLS (behaviour 6). Left out, the usual certificates are
                trusted; SSL_CERT_FILE and SSL_CERT_DIR name others.
            proxy: URL of a proxy, for https alone: it sees a tunnel and no key. Left out, HTTPS_PROXY, ALL_PROXY
                and NO_PROXY hold, except on plain http.
            http_client: an AsyncClient of httpx or httpx2 to send with instead of an own one. It is not closed by this client,
                and belongs to the event loop of its first call.
            transport: the library that speaks HTTP where no http_client is passed: httpx, or httpx2 with the extra of
                that name installed.
            limiter: a limiter to share, for example through Redis. Left out, all clients of this process with
                the same key and host share one.
            middleware: runs around every attempt, see `Middleware`; the first is the outermost.
            user_agent: put behind the library's own in User-Agent.
            cache: whether code lists, parties in the directory and finished checks of tax numbers are kept for a
                while, by this client and its views alone; `CacheSettings` says for how long. Errors and answers that
                are under way never are.

        Raises:
            ConfigurationError: the key contradicts the environment, or a setting can't work.
        """
        try:
            key = api_key if isinstance(api_key, Secret) else Secret(api_key)
        finally:
            # The frame of a failed call is kept by its traceback, and some loggers print what is in it.
            api_key = ""
            hidden_proxy, proxy = _hidden(proxy), None
        self._environment = choose_environment(key, environment)
        if isinstance(account, str) and account.strip() == key.reveal():
            account = None
            raise ConfigurationError("this is the key; pass the account's id", argument="account")
        _check_kinds(
            headers=headers,
            middleware=middleware,
            limiter=limiter,
            ssl_context=ssl_context,
            user_agent=user_agent,
        )
        self._base_url = check_base_url(base_url or self._environment.base_url)
        version = check_version(api_version or API_VERSION)
        options = Options(
            timeout=timeout, deadline=deadline, headers=headers, priority=priority, max_attempts=max_attempts
        )
        limit = self._environment.requests_per_minute if requests_per_minute is None else requests_per_minute
        try:
            _check(options, account, max_response_bytes=max_response_bytes, requests_per_minute=limit)
        except ArgumentError as error:
            raise ConfigurationError(error.problem, argument=error.argument) from None
        if http_client is not None and (ssl_context is not None or hidden_proxy is not None):
            raise ConfigurationError("set them on the http_client you pass", argument="ssl_context, proxy")
        if hidden_proxy is not None and self._base_url.startswith("http:"):
            raise ConfigurationError(
                "plain http would show it the key; this machine is reached without", argument="proxy"
            )
        if retry is not None:
            _check_retry(retry)
        sender = Transport(
            base_url=self._base_url,
            key=key,
            api_version=version,
            user_agent=_user_agent(user_agent, library_of(http_client) or http_library(transport)),
            max_response_bytes=max_response_bytes,
            ssl_context=ssl_context,
            proxy=hidden_proxy,
            http_client=http_client,
            transport=transport,
        )
        if limiter is None:
            try:
                # A server counts a request that timed out whenever it gets to it.
                grace = min(max(120.0, 2 * timeout), 86400.0)
                limiter = shared_bucket(sender.host, key.reveal(), limit, burst=burst, grace=grace)
            except ConfigurationError as error:
                raise error.with_traceback(None)  # noqa: B904  # its frames hold the key
        elif requests_per_minute is not None:
            raise ConfigurationError(
                "the limiter you pass has its own limit; leave it out", argument="requests_per_minute"
            )
        elif burst is not None:
            raise ConfigurationError("the limiter you pass has its own; leave it out", argument="burst")
        pipeline = Pipeline(
            transport=sender,
            limiter=limiter,
            key=key,
            policy=retry,
            middleware=tuple(middleware),
        )
        self._owner = True
        self._api_version = version
        server = f"{self._environment.name}@{self._base_url.partition('://')[2]}"
        kept = _Kept(pipeline, _cache_settings(cache)) if cache else None
        self.caller = _ClientCaller(pipeline, account, options, server, version, kept)  # pyright: ignore[reportIncompatibleVariableOverride]

    @classmethod
    def from_env(cls, **options: Unpack[ClientOptions]) -> Self:
        """Return a client for what the environment variables say.

        B2BROUTER_API_KEY or B2BROUTER_KEY_FILE, B2BROUTER_ENVIRONMENT, B2BROUTER_ACCOUNT, B2BROUTER_API_VERSION,
        B2BROUTER_BASE_URL and B2BROUTER_REQUESTS_PER_MINUTE are read, as the command `b2brouter` reads them. An argument
        passes before its variable.

        Example:
            client = B2Brouter.from_env(account=1234)

        Args:
            options: as for `B2Brouter`.

        Raises:
            ConfigurationError: no key is set, a variable is misspelt or holds what can't work, or as for `B2Brouter`.
        """
        refuse_misspelt_variables(
            one
            for one in ("environment", "account", "api_version", "base_url", "requests_per_minute")
            if options.get(one) is None
        )
        read = {one for one in VARIABLES if options.get(one) is None and from_variables(one) is not None}
        if options.get("environment") is None and (environment := from_variables("environment")):
            options["environment"] = cast("EnvironmentName", environment)
        if options.get("api_version") is None and (api_version := from_variables("api_version")):
            options["api_version"] = api_version
        if options.get("account") is None and (account := from_variables("account")):
            options["account"] = account
        if options.get("base_url") is None and (base_url := from_variables("base_url")):
            options["base_url"] = base_url
        # A limiter that is passed has its own limit.
        if options.get("requests_per_minute") is None and options.get("limiter") is None:
            options["requests_per_minute"] = number_from_variables("requests_per_minute")
        if isinstance(proxy := options.get("proxy"), str):
            options["proxy"] = ProxyURL(proxy)
            del proxy
        key = key_from_variables()
        if key is None:
            refuse_misspelt_variables(("api_key", "key_file"))
            raise ConfigurationError("B2BROUTER_API_KEY is not set; set it, or pass B2Brouter(api_key=…)")
        try:
            return cls(key, **options)
        except ConfigurationError as error:
            if error.argument not in read:
                raise
            raise ConfigurationError(error.problem, argument=VARIABLES[error.argument]) from None

    @cached_property
    def accounts(self) -> Accounts:
        """Return the operations on accounts."""
        from .resources.accounts import Accounts

        return Accounts(self.caller)

    @cached_property
    def contacts(self) -> Contacts:
        """Return the operations on contacts."""
        from .resources.contacts import Contacts

        return Contacts(self.caller)

    @cached_property
    def payments(self) -> Payments:
        """Return the operations on payments."""
        from .resources.payments import Payments

        return Payments(self.caller)

    @cached_property
    def tax_report_settings(self) -> TaxReportSettings:
        """Return the operations on tax report settings."""
        from .resources.tax_report_settings import TaxReportSettings

        return TaxReportSettings(self.caller)

    @cached_property
    def invoices(self) -> Invoices:
        """Return the operations on invoices."""
        from .resources.invoices import Invoices

        return Invoices(self.caller)

    @cached_property
    def received(self) -> Received:
        """Return the received invoices: the queue, and working it off."""
        from .resources.received import Received

        return Received(self.caller, self._environment.name)

    @cached_property
    def tax_reports(self) -> TaxReports:
        """Return the operations on tax reports."""
        from .resources.tax_reports import TaxReports

        return TaxReports(self.caller)

    @cached_property
    def tax_report_batches(self) -> TaxReportBatches:
        """Return the operations on batches of tax reports."""
        from .resources.tax_reports import TaxReportBatches

        return TaxReportBatches(self.caller)

    @cached_property
    def ledgers(self) -> Ledgers:
        """Return the operations on ledgers."""
        from .resources.ledgers import Ledgers

        return Ledgers(self.caller)

    @cached_property
    def directory(self) -> Directory:
        """Return the operations on the directory of receivers."""
        from .resources.lookups import Directory

        return Directory(self.caller)

    @cached_property
    def tin_verifications(self) -> TinVerifications:
        """Return the operations on checks of tax numbers."""
        from .resources.lookups import TinVerifications

        return TinVerifications(self.caller)

    @cached_property
    def web_hooks(self) -> WebHooks:
        """Return the operations on web hooks."""
        from .resources.web_hooks import WebHooks

        return WebHooks(self.caller)

    @cached_property
    def sandbox(self) -> Sandbox:
        """Return what the sandbox offers to tests.

        Raises:
            ConfigurationError: the key belongs to another environment.
        """
        from .sandbox import Sandbox

        return Sandbox(self.caller, self._environment.name)

    @property
    def environment(self) -> Environment:
        """The environment that the key belongs to."""
        return self._environment

    @property
    def api_version(self) -> str:
        """The API version that requests name."""
        return self._api_version

    @property
    def base_url(self) -> str:
        """Where requests go."""
        return self._base_url

    @property
    def default_account(self) -> AccountId | None:
        """The account that calls are about when they name none."""
        return self.caller.account

    @property
    def limiter(self) -> RateLimiter:
        """The limiter that every request passes; `limiter.snapshot()` tells how it stands."""
        return self.caller.pipeline.limiter

    def account(self, account: AccountId) -> Self:
        """Return a view of this client for one account: `client.account(1234).invoices.list()`.

        Example:
            mine = client.account(1234)
            invoice = await mine.invoices.find_by_number("F-1")

        The view shares everything with the client; closing it closes nothing.

        Args:
            account: Id of the account.

        Raises:
            ArgumentError: this is no id.
        """
        check_account(account)
        return self._view(self.caller.changed(account=account))

    def with_options(self, **options: Unpack[ViewOptions]) -> Self:
        """Return a view of this client with other per-call options; those left out stay as they are.

        Example:
            patient = client.with_options(timeout=120.0, max_attempts=8)
            account = await patient.accounts.get(1234)

        The view shares everything with the client; closing it closes nothing.

        Args:
            options: see `ViewOptions`. `deadline=math.inf` takes a deadline of the client's away; headers are
                further ones, beside those of the client.

        Raises:
            ArgumentError: one of them can't work.
            TypeError: there is no such option.
        """
        check_names("with_options", options, known=ViewOptions.__optional_keys__)
        changed = self.caller.defaults.with_(options)
        check_options(changed)
        return self._view(self.caller.changed(defaults=changed))

    def clear_cache(self) -> None:
        """Forget the small answers that are kept, for example after a customer has registered in the directory.

        Example:
            client.clear_cache()
        """
        answers = self.caller.answers
        if answers is not None:
            answers.clear()

    @overload
    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, object] | None = None,
        json: object = None,
        content: Content | None = None,
        media_type: str = "application/octet-stream",
        **options: Unpack[CallOptions],
    ) -> Reply: ...

    @overload
    async def request(
        self,
        method: str,
        path: str,
        *,
        model: type[M],
        unwrap: str | None = None,
        query: Mapping[str, object] | None = None,
        json: object = None,
        content: Content | None = None,
        media_type: str = "application/octet-stream",
        **options: Unpack[CallOptions],
    ) -> M: ...

    @overload
    async def request(
        self,
        method: str,
        path: str,
        *,
        model: type[M],
        items: str,
        query: Mapping[str, object] | None = None,
        json: object = None,
        content: Content | None = None,
        media_type: str = "application/octet-stream",
        **options: Unpack[CallOptions],
    ) -> Page[M]: ...

    async def request(
        self,
        method: str,
        path: str,
        *,
        model: type[M] | None = None,
        unwrap: str | None = None,
        items: str | None = None,
        query: Mapping[str, object] | None = None,
        json: object = None,
        content: Content | None = None,
        media_type: str = "application/octet-stream",
        **options: Unpack[CallOptions],
    ) -> object:
        """Send a request that there is no method for, the same way as all others: limiter, key, retries, errors.

        Example:
            reply = await client.request("GET", "/accounts/1234/events", query={"limit": 10})
            events = reply.json()["events"]
            invoice = await client.request("GET", "/invoices/5", model=Invoice, unwrap="invoice")

        Args:
            method: GET, POST, PUT, PATCH or DELETE. Only a GET is repeated where a reply got lost.
            path: from the root of the API, the account included.
            model: what to read the reply as; left out, the reply is returned as it came.
            unwrap: the key under which the reply holds the object; left out, it is the reply itself.
            items: the key under which the reply holds a list of them; one page is returned.
            query: the query's parameters; None is left out, a list repeats its name.
            json: the body, where it is JSON; models and `Decimal` may stand in it.
            content: the body, where it is sent as it is.
            media_type: what `content` is.
            options: see `CallOptions`.

        Raises:
            ArgumentError: the path leads elsewhere, or something can't be sent as it is; nothing was sent.
            APIStatusError: the server refuses; a subclass for each status that matters.
            OutcomeUnknownError: it is not known whether the server carried it out (behaviour 25).
        """
        from ._core.unlisted import operation_of, parser_of, request_for

        request = request_for(path, query=query, json=json, content=content, media_type=media_type)
        operation = operation_of(method, request.path, parser_of(model, unwrap, items))
        return await self.caller.call(operation, request, options)

    async def get_url(self, url: str, **options: Unpack[CallOptions]) -> Download:
        """Download what lies at an address that the API gave, for example `invoice.download_legal_url`.

        Example:
            file = await client.get_url("/invoices/5/as/pdf.invoice")
            await file.save("invoice.pdf")

        Args:
            url: a whole URL of this client's host, or a path on it (behaviour 37).
            options: see `CallOptions`.

        Returns:
            The file; its `media_type` says what it is.

        Raises:
            ArgumentError: the URL leads to another host, which must not see the key; nothing was sent.
            NotFoundError: there is nothing, or not yet (behaviour 33).
            APIStatusError: the server refuses; a subclass for each status that matters.
        """
        operation, request = self._file_at(url)
        return await self.caller.call(operation, request, options)

    def stream_url(
        self, url: str, **options: Unpack[CallOptions]
    ) -> AbstractAsyncContextManager[DownloadStream]:
        """Download what lies at an address that the API gave, piece by piece; see `get_url` and `DownloadStream`.

        Example:
            async with client.stream_url("/invoices/5/as/pdf.invoice") as file:
                await file.save("invoice.pdf")

        Args:
            url: a whole URL of this client's host, or a path on it (behaviour 37).
            options: see `CallOptions`; a deadline holds until the last piece.

        Raises:
            ArgumentError: the URL leads to another host, which must not see the key; nothing was sent.
            NotFoundError: there is nothing, or not yet (behaviour 33).
            APIStatusError: the server refuses; a subclass for each status that matters.
        """
        operation, request = self._file_at(url)
        return self.caller.open(operation, request, options)

    def _file_at(self, url: str) -> tuple[Operation[Download], Request]:
        path = self.caller.pipeline.transport.path_of(url)
        if path is None:
            raise ArgumentError(
                f"{url!r} is no address on {urlsplit(self._base_url).netloc}, and the key goes nowhere else",
                argument="url",
            )
        from ._core.unlisted import file_at

        return file_at(path)

    def upload(self, **settings: Unpack[UploadSettings]) -> Upload:
        """Upload documents to the account in bulk, each exactly once.

        Example:
            async with client.account(1234).upload(journal="run.db") as run:
                async for outcome in run(documents):
                    print(outcome.source, outcome.kind)

        Args:
            settings: `journal`, what remembers which document was sent, and more: see `bulk.settings.Settings`.

        Raises:
            ConfigurationError: settings that contradict each other.
            ArgumentError: this client, or view, has no account.
        """
        from .bulk.settings import UploadSettings
        from .bulk.upload import Upload, about_server

        check_names(
            "upload", settings, known=UploadSettings.__optional_keys__ | UploadSettings.__required_keys__
        )
        if not settings.get("journal"):
            raise ConfigurationError(
                "name the file that remembers what was sent, for example journal='run.db'", argument="journal"
            )
        if self.default_account is None:
            raise ArgumentError("name one: client.account(id).upload(…)", argument="account")
        about = about_server(self.environment.name, self.base_url)
        return Upload(self.caller, self.default_account, about, **settings)

    async def for_each_account(
        self,
        fn: Callable[[Self], Awaitable[T]],
        *,
        accounts: Iterable[AccountId] | None = None,
        archived: bool = False,
        concurrency: int = 8,
        on_progress: Progress[T] | None = None,
    ) -> AccountResults[T]:
        """Run a function for every account of the key; one that fails sinks no other (behaviour 48).

        Example:
            async def unsent(account: B2Brouter) -> int:
                return len([row async for row in account.invoices.list(new=True)])

            results = await client.for_each_account(unsent)
            for result in results.failed:
                print(result.account.id, result.error)

        Args:
            fn: an async function; it gets a view of this client for the account (`view.default_account`).
            accounts: ids of some of them, in the order to run; left out, all that are not archived, by their ids.
            archived: run for archived accounts too.
            concurrency: for how many at once. The limiter holds for all of them together.
            on_progress: called after each account with its result, how many are done, and how many there are; it must
                not block, and what it raises ends the run.

        Returns:
            What became of each, in the order of the accounts; `raise_failures()` makes one error of it.

        Raises:
            ArgumentError: no async function, or an account that is not there or archived; nothing was run.
            APIStatusError: the accounts can't be listed.
        """
        from .resources.each_account import AccountResults, check_function, chosen, run_for_each
        from .resources.matching import every

        check_function(fn, concurrency, on_progress)
        rows = chosen(await every(lambda: self.accounts.list(limit=500)), accounts, archived=archived)
        done = 0

        def tell(result: AccountResult[T]) -> None:
            nonlocal done
            done += 1
            if on_progress is not None:
                on_progress(result, done, len(rows))

        results = await run_for_each(
            rows,
            lambda account: fn(self.account(account.id)),
            concurrency=concurrency,
            clock=self.caller.waiting.clock,
            on_result=tell,
        )
        return AccountResults(tuple(results))

    async def aclose(self) -> None:
        """Close the connections this client opened. A view, and an http_client that was passed in, stay as they are.

        Example:
            client = B2Brouter(api_key="test_…")
            try:
                accounts = await client.accounts.list()
            finally:
                await client.aclose()
        """
        if self._owner:
            await self.caller.pipeline.transport.aclose()

    async def __aenter__(self) -> Self:
        if self.caller.pipeline.transport.closed:
            raise ClientClosedError("this client was closed; make a new one")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def _view(self, caller: _ClientCaller) -> Self:
        view = object.__new__(type(self))
        for name, value in vars(self).items():
            # The resources are bound to whom they were made for, and made anew.
            if not isinstance(getattr(type(self), name, None), cached_property):
                view.__dict__[name] = value
        view._owner = False
        view.caller = caller
        return view

    def __repr__(self) -> str:
        if not hasattr(self, "caller"):  # while it is being made, in the frames of an error
            return "<B2Brouter, not made>"
        account = f", account={self.default_account!r}" if self.default_account is not None else ""
        host = urlsplit(self._base_url).netloc
        return f"<B2Brouter {self._environment.name} at {host}, API {self._api_version}{account}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a client holds connections and a key, so it is not pickled; make it anew where it is needed"
        )


tell_what_was_meant(B2Brouter, made="async with B2Brouter(…) as client", variable="client")


def _misspelt(given: int, settings: Mapping[str, object]) -> str | None:
    """Return what is wrong with how a client is made, as Python would say it, with the way out."""
    known = ("api_key", "environment", *(B2Brouter.__init__.__kwdefaults__ or ()))
    for name in settings:
        if name not in known:
            return f"B2Brouter() got an unexpected keyword argument {name!r}{did_you_mean(name, known)}"
    if not given and "api_key" not in settings:
        return "B2Brouter() needs a key: pass api_key=…, or take B2Brouter.from_env(), which reads B2BROUTER_API_KEY"
    return None


def _cache_settings(cache: bool | CacheSettings) -> CacheSettings | None:
    if cache is True:
        return None
    from ._call.answers import CacheSettings

    if not isinstance(cache, CacheSettings):
        raise ConfigurationError("pass True, False or CacheSettings(directory=600)", argument="cache")
    return cache


def _check_retry(retry: object) -> None:
    from ._call.retry_policy import RetryPolicy

    if not isinstance(retry, RetryPolicy):
        raise ConfigurationError(
            "pass a RetryPolicy, for example RetryPolicy(max_attempts=3)", argument="retry"
        )


def _hidden(proxy: str | ProxyURL | None) -> ProxyURL | None:
    return ProxyURL(proxy) if isinstance(proxy, str) else proxy


def check_account(account: AccountId) -> None:
    """Refuse what can be no account's id: a name, or a key in the wrong place.

    Raises:
        ArgumentError: with where the ids are; a key is not shown.
    """
    text = account if isinstance(account, str) else ""
    if text.startswith(TEST_KEY_PREFIX):
        account = text = ""  # nothing of a key may stay behind in the frame
        raise ArgumentError("this looks like a key; pass the account's id", argument="account")
    if len(text.split()) > 1:
        raise ArgumentError(
            f"{text[:80]!r} is no id; client.accounts.list() shows the ids, client.accounts.by_identifier(…) finds an "
            "account by its tax number",
            argument="account",
        )
    expand("{account}", account=account)


def _check_kinds(
    *, headers: object, middleware: object, limiter: object, ssl_context: object, user_agent: object
) -> None:
    """Refuse what would be noticed only by the first call, or never.

    Raises:
        ConfigurationError: a setting is of another kind than what is meant.
    """
    if callable(middleware) or isinstance(middleware, (str, bytes)) or not isinstance(middleware, Sequence):
        raise ConfigurationError("pass a list of them, for example [yours]", argument="middleware")
    if not all(callable(one) for one in cast("Sequence[object]", middleware)):
        raise ConfigurationError("each is an async function, see Middleware", argument="middleware")
    if headers is not None and not isinstance(headers, Mapping):
        raise ConfigurationError(
            f"expected a dictionary of names and values, got {type(headers).__name__}", argument="headers"
        )
    if limiter is not None and not (hasattr(limiter, "acquire") and hasattr(limiter, "release")):
        raise ConfigurationError(
            f"expected a RateLimiter, got {type(limiter).__name__}; a number goes to requests_per_minute=",
            argument="limiter",
        )
    if ssl_context is not None and not hasattr(ssl_context, "wrap_bio"):
        raise ConfigurationError(
            f"expected an ssl.SSLContext, got {type(ssl_context).__name__}; for certificates of your own: "
            "ssl.create_default_context(cafile=…)",
            argument="ssl_context",
        )
    if user_agent is not None and not isinstance(user_agent, str):
        raise ConfigurationError(f"expected text, got {type(user_agent).__name__}", argument="user_agent")


def _check(options: Options, account: AccountId | None, **numbers: object) -> None:
    if options.timeout is None:
        raise ArgumentError(
            "without an end a dead connection is waited for for ever; say how long", argument="timeout"
        )
    check_options(options)
    if account is not None:
        check_account(account)
    for name, value in numbers.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ArgumentError(f"{value!r} is no whole number above 0", argument=name)


def library_version(http: HTTPLibrary | None = None) -> str:
    """Return this library's name and version and those of the one that speaks HTTP, for User-Agent."""
    return f"b2brouter-async/{__version__} {(http or http_library('httpx')).name_and_version}"


def _user_agent(suffix: str | None, http: HTTPLibrary) -> str:
    own = f"{library_version(http)} python/{sys.version.split()[0]}"
    if suffix and not all(" " <= char <= "~" for char in suffix):
        raise ConfigurationError("only printable ASCII can stand in a header", argument="user_agent")
    return f"{own} {suffix}" if suffix else own


def __dir__() -> list[str]:
    return list(__all__)
