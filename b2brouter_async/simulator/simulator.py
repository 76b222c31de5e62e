"""The facade: a simulator's parts put together, and the ways to reach and to judge it."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, Literal

from .._keywords import tells_misspelt
from .handlers.accounts import add_account
from .handlers.table import HANDLERS, PREPARE, register
from .server.faults import Fault, Faults
from .server.keys import LIMITS, Key, Keys
from .server.limits import RETRY_AFTER, Meter, PolicyName, RetryAfter, policy
from .server.outbox import Delivery, Outbox
from .server.service import LoggedRequest, Service
from .serving.app import build_app
from .serving.hooks import HookCaller
from .spec import Spec, packaged
from .state.clock import Clock
from .state.sqlite_store import SQLiteDisk
from .state.store import Store
from .state.world import Delays, Settings, World

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractAsyncContextManager

    import httpx
    from starlette.applications import Starlette

    from .serving.inprocess import SimulatorTransport
    from .state.acceptances import Acceptances
    from .state.store import JsonObject
    from .state.world import Environment

ACCOUNTS: tuple[JsonObject, ...] = (
    {
        "id": 483921, "tin_value": "ESB01234566", "tin_scheme": "9920", "name": "Talleres Ficticios del Norte S.L.",
        "address": "Calle Inventada 12", "city": "Bilbao", "postalcode": "48001", "province": "Bizkaia",
        "country": "es", "currency": "EUR", "phone": "+34 900 000 000", "email": "facturas@example.com",
    },
    {
        "id": 483977, "tin_value": "BE0123456749", "tin_scheme": "9925", "cin_value": "0123456749",
        "cin_scheme": "0208", "name": "Imaginaire Diensten BV", "address": "Verzonnenstraat 7", "city": "Gent",
        "postalcode": "9000", "province": "Oost-Vlaanderen", "country": "be", "currency": "EUR",
        "email": "facturen@example.com", "transport_type_code": "peppol",
        "document_type_code": "xml.ubl.invoice.bis3",
    },
)  # fmt: skip
"""The accounts of a simulator that is given no others."""


@tells_misspelt
class Simulator:
    """A B2Brouter of one's own.

    Example:
        simulator = Simulator()
        async with simulator.serve() as url:
            async with B2Brouter(simulator.api_key, base_url=url) as client:
                accounts = await client.accounts.list()

    Args:
        api_key: the first key; requests name it in `X-B2B-API-Key`.
        environment: what the first key belongs to, and with it the host: staging has its own.
        keys: further keys, each with its environment and group.
        accounts: what the group of the first key has at the start, in the fields of the spec.
        limit: requests in a period for each key; "environment" is 1,000 in production, else 600; None is no limit.
        period: the period of the limit in seconds.
        limit_policy: fixed, sliding-log, sliding-counter or bucket.
        burst: what the bucket holds; a tenth of the limit when left out.
        retry_after: the form of `Retry-After` on a 429, "seconds" or "date"; None leaves it out.
        delays: how long states take.
        no_content: send, ack, mark_as and delete answer 204.
        unique_numbers: refuse a number that is taken.
        newest_first: lists start with the newest.
        faults: what goes wrong, as `Fault` or as text.
        seed: of everything that happens by chance.
        hook_repeats: probability that a web hook's call is made twice.
        hook_disorder: web hooks' calls come up to three seconds late, and in any order.
        strict: the addresses of web hooks must be public https.
        speed: how many seconds of the simulator pass in one of the clock's.
        advance_per_request: seconds that the clock goes forward with each request, so that a client that polls sees
            what is to come within its own few attempts.
        data: an SQLite file to keep the state in; without it the state ends with the process.
        clock: seconds since 1970; `advance` adds to it.
        spec: what to answer by; that of the package when left out. The version it describes is served, and is what
            requests without a version get.
        base_url: where in-process transports pretend to be.
    """

    def __init__(
        self,
        *,
        api_key: str = "test_simulator",
        environment: Environment = "sandbox",
        keys: Iterable[Key] = (),
        accounts: Iterable[JsonObject] = ACCOUNTS,
        limit: int | Literal["environment"] | None = "environment",
        period: float = 60.0,
        limit_policy: PolicyName = "fixed",
        burst: int | None = None,
        retry_after: RetryAfter | None = None,
        delays: Delays | None = None,
        no_content: bool = False,
        unique_numbers: bool = True,
        newest_first: bool = False,
        faults: Iterable[Fault | str] = (),
        seed: int = 0,
        hook_repeats: float = 0.0,
        hook_disorder: bool = False,
        strict: bool = False,
        speed: float = 1.0,
        advance_per_request: float = 0.0,
        data: str | os.PathLike[str] | None = None,
        clock: Callable[[], float] = time.time,
        spec: Spec | None = None,
        base_url: str = "https://simulator.test",
    ) -> None:
        if not 0 <= advance_per_request < math.inf:
            raise ValueError(
                f"advance_per_request is a number of seconds, 0 or more, and is {advance_per_request}"
            )
        if isinstance(faults, str):
            raise ValueError("faults: pass a list of them, for example ['429 times=1']")
        keys = [*keys]
        for key in keys:
            if not isinstance(key, Key):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise ValueError(f"keys: expected Key('test_…'), got {type(key).__name__}")
        self.api_key = api_key
        self.environment: Environment = environment
        self.base_url = base_url
        if retry_after not in (None, *RETRY_AFTER):
            raise ValueError(
                f"retry_after {retry_after!r} is unknown: choose one of {', '.join(RETRY_AFTER)}"
            )
        spec = spec or packaged()
        first = Key(api_key, environment)
        known = self._keys = [first, *keys]

        def meter(key: Key) -> Meter:
            most = LIMITS[key.environment] if limit == "environment" else limit
            held = policy(limit_policy, most, period, burst) if most is not None else None
            return Meter(period, held)

        for key in known:
            meter(key)  # What makes no sense is said here, not by the first request.
        settings = Settings(
            delays=delays or Delays(),
            no_content=no_content,
            unique_numbers=unique_numbers,
            newest_first=newest_first,
            strict=strict,
            advance_per_request=advance_per_request,
        )
        disk = SQLiteDisk(data) if data is not None else None
        try:
            self.world: World = World(
                spec=spec,
                store=Store(disk),
                clock=Clock(clock, speed),
                settings=settings,
                environment=environment,
            )
            register(self.world)
            self._service = Service(
                self.world,
                keys=Keys(known, environment),
                handlers=HANDLERS,
                prepare=PREPARE,
                meter=meter,
                retry_after=retry_after,
                faults=Faults(faults, seed=seed, operations=spec.operations),
            )
            self.outbox: Outbox = Outbox(self.world, repeats=hook_repeats, disorder=hook_disorder, seed=seed)
            self.world.resume(self.world.store.load())
            self.outbox.resume()
            # No limit looks further back than two periods.
            self._service.remember(self.world.store.arrivals(self.world.now, 2 * period))
            held = list(self.world.store.group(("account", first.realm)).values())
            if not held:
                held = [add_account(self.world, first.realm, fields) for fields in accounts]
            self.accounts: list[str] = [str(record.id) for record in held]
            self.world.store.commit()
            self._hooks = HookCaller(self._service, self.outbox)
            self.app: Starlette = build_app(self._service, self._hooks.run, self.page)
        except BaseException:
            # Nobody gets what could close it later, and the file would stay held. Nothing is written to it.
            if disk is not None:
                disk.close()
            raise

    @property
    def faults(self) -> Faults:
        """What goes wrong."""
        return self._service.faults

    @property
    def account(self) -> str:
        """The id of the first account."""
        return self.accounts[0]

    @property
    def now(self) -> float:
        """What the simulator's clock shows, in seconds since 1970."""
        return self.world.now

    def page(self, every: int | None = None) -> str:
        """Return the page at `/` as HTML: accounts, invoices, requests, web hook calls.

        Example:
            Path("simulator.html").write_text(simulator.page(), encoding="utf-8")

        Args:
            every: seconds until the browser asks for it again; None for never.
        """
        from .serving.page import render_page

        return render_page(self._service, self.outbox, self._hooks, every=every)

    def advance(self, seconds: float) -> None:
        """Advance the clock by `seconds`; all that is due by then happens, in its order.

        Example:
            simulator.advance(60.0)
        """
        self._service.advance(seconds)

    def serve(self, *, host: str = "127.0.0.1", port: int = 0) -> AbstractAsyncContextManager[str]:
        """Serve on a real socket from a thread: `async with simulator.serve() as base_url`.

        Example:
            async with simulator.serve() as url:
                print(url, simulator.api_key)
        """
        from .serving.serve import serving

        return serving(self.app, host=host, port=port)

    def run(self, *, host: str = "127.0.0.1", port: int = 8000, announce: bool = True) -> None:
        """Serve until interrupted, then close.

        Example:
            def main() -> None:
                Simulator().run(port=8000)

        Args:
            host: the address to listen on; loopback unless told otherwise.
            port: the port to listen on; 0 takes any free one.
            announce: print one line with the address and the key once the port is open.

        Raises:
            OSError: the port is taken.
        """
        from .serving.serve import run

        def listening(url: str) -> None:
            if announce:
                print(f"B2Brouter simulator at {url} with the key {self.api_key}", flush=True)

        try:
            run(self.app, host=host, port=port, listening=listening)
        finally:
            self.close()

    def transport(self, **options: Any) -> SimulatorTransport:
        """Return an httpx transport to this simulator, for a client in the same process.

        Example:
            http_client = httpx.AsyncClient(transport=simulator.transport())
            client = B2Brouter(simulator.api_key, base_url=simulator.base_url, http_client=http_client)

        Args:
            options: those of `SimulatorTransport`; `sleep` is how its stalls wait.
        """
        from .serving.inprocess import SimulatorTransport

        return SimulatorTransport(self._service, **options)

    def add_account(self, fields: JsonObject, *, api_key: str | None = None) -> str:
        """Give a key one more account, and return its id.

        Example:
            account = simulator.add_account({"name": "Acme SL", "country": "es", "tin_value": "ESB00000018"})

        Args:
            fields: in the words of the spec; `id` and `adds_tax` may be among them.
            api_key: of the group; left out, the first.

        Raises:
            ValueError: there is no such key, or an account of this id.
        """
        key = next((one for one in self._keys if one.value == (api_key or self.api_key)), None)
        if key is None:
            raise ValueError("there is no such key: name it in keys=")
        record = add_account(self.world, key.realm, fields)
        self.world.store.commit()
        if key.realm == self._keys[0].realm:
            self.accounts.append(str(record.id))
        return str(record.id)

    def add_party(
        self,
        country: str,
        scheme: str,
        identifier: str,
        name: str,
        *,
        documents: Mapping[str, JsonObject] | None = None,
    ) -> None:
        """Have the directory find a receiver.

        Example:
            simulator.add_party("be", "0208", "0123456749", "Acme NV")

        Args:
            country: two small letters.
            scheme: of the identifier, four digits.
            identifier: what it is found by.
            name: of the receiver.
            documents: how it takes each kind of document, as a directory says it:
                `{"Invoice": {"transport_type_code": "email", "document_type_code": "pdf.invoice"}}`. Left out, invoices
                and credit notes by Peppol.
        """
        self.world.parties.append((country, scheme, identifier, name, documents))

    def take_deliveries(self) -> list[Delivery]:
        """Take the web hook calls that are due from the outbox: signed, for a test to make or to look at.

        Example:
            for delivery in simulator.take_deliveries():
                print(delivery.url, delivery.attempt)
        """
        return self._hooks.take()

    async def deliver(self, client: httpx.AsyncClient) -> list[Delivery]:
        """Make the web hook calls that are due, one after the other; what is not answered 2xx comes again.

        Example:
            async with httpx.AsyncClient() as caller:
                made = await simulator.deliver(caller)

        Args:
            client: who makes them, for example one with an ASGI transport to the application under test.
        """
        return await self._hooks.deliver(client)

    def close(self) -> None:
        """Write what is left to the file, if there is one.

        Example:
            simulator.close()
        """
        self._service.close()

    def worst_window(self, api_key: str | None = None) -> int:
        """Return the most requests of one key that arrived within any period, refused ones too.

        Example:
            assert simulator.worst_window() <= 600
        """
        meter = self._service.meters.get(api_key or self.api_key)
        return meter.worst if meter is not None else 0

    def requests(self, api_key: str | None = None) -> int:
        """Return how many requests of a key arrived.

        Example:
            print(simulator.requests())
        """
        meter = self._service.meters.get(api_key or self.api_key)
        return meter.requests if meter is not None else 0

    def refused(self, api_key: str | None = None) -> int:
        """Return how many requests of a key were answered 429.

        Example:
            assert simulator.refused() == 0
        """
        meter = self._service.meters.get(api_key or self.api_key)
        return meter.refused if meter is not None else 0

    @property
    def answered(self) -> int:
        """How many requests were answered, whoever sent them."""
        return self._service.requests

    def log(self) -> list[LoggedRequest]:
        """Return the last 500 requests, oldest first, and what became of each.

        Example:
            for request in simulator.log():
                print(request)
        """
        return list(self._service.log)

    def ledger(self) -> Acceptances:
        """Return how often every document was accepted.

        Example:
            assert not simulator.ledger().more_than_once()
        """
        return self.world.acceptances
