"""The simulator: its state, its clock, its limit, and the ways to reach it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Literal

from .accounts import add_account
from .app import build_app
from .clock import Clock
from .document import Document, packaged
from .handlers import HANDLERS, furnish
from .keys import LIMITS, Environment, Key, Keys
from .limits import Meter, PolicyName, RetryAfter, policy
from .service import Incoming, Service
from .store import Store
from .world import Delays, Settings, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractAsyncContextManager

    from .acceptances import Acceptances
    from .store import JsonObject
    from .wire import Reply

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


class Simulator:
    """A B2Brouter of one's own.

    Args:
        api_key: the first key; requests name it in `X-B2B-API-Key`.
        environment: what the first key belongs to, and with it the host: staging has its own.
        keys: further keys, each with its environment and group.
        accounts: what the group of the first key has at the start, in the fields of the document.
        limit: requests in a period for each key; "environment" is 1,000 in production, else 600; None is no limit.
        period: the period of the limit in seconds.
        limit_policy: fixed, sliding-log, sliding-counter or bucket.
        burst: what the bucket holds; a tenth of the limit when left out.
        retry_after: the form of `Retry-After` on a 429, "seconds" or "date"; None leaves it out.
        delays: how long states take.
        no_content: send, ack, mark_as and delete answer 204.
        unique_numbers: refuse a number that is taken.
        newest_first: lists start with the newest.
        clock: seconds since 1970; `advance` adds to it.
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
        clock: Callable[[], float] = time.time,
        document: Document | None = None,
        base_url: str = "https://simulator.test",
    ) -> None:
        self.api_key = api_key
        self.environment: Environment = environment
        self.base_url = base_url
        first = Key(api_key, environment)
        settings = Settings(
            delays=delays or Delays(),
            no_content=no_content,
            unique_numbers=unique_numbers,
            newest_first=newest_first,
        )
        self._clock = Clock(clock)
        self.world = World(
            document=document or packaged(),
            store=Store(),
            clock=self._clock,
            settings=settings,
            environment=environment,
        )
        furnish(self.world)

        def meter(key: Key) -> Meter:
            most = LIMITS[key.environment] if limit == "environment" else limit
            held = policy(limit_policy, most, period, burst) if most is not None else None
            return Meter(period, held)

        self._service = Service(
            self.world,
            keys=Keys([first, *keys], environment),
            handlers=HANDLERS,
            meter=meter,
            retry_after=retry_after,
        )
        self.accounts = [str(add_account(self.world, first.realm, fields).id) for fields in accounts]
        # A served simulator answers in a thread of its own while a test turns the clock in another.
        self._lock = threading.RLock()
        self.app = build_app(self)

    @property
    def account(self) -> str:
        """The id of the first account."""
        return self.accounts[0]

    def answer(self, incoming: Incoming) -> Reply:
        """Answer one request."""
        with self._lock:
            return self._service.answer(incoming)

    def advance(self, seconds: float) -> None:
        """Turn the clock forward by `seconds`; all that is due by then happens, in its order."""
        with self._lock:
            self._clock.advance(seconds)
            self.world.run_due()
            self.world.store.commit()

    def serve(self, *, host: str = "127.0.0.1", port: int = 0) -> AbstractAsyncContextManager[str]:
        """Serve on a real socket from a thread: `async with simulator.serve() as base_url`."""
        from .serve import serving

        return serving(self, host=host, port=port)

    def close(self) -> None:
        """Write what is left to the file, if there is one."""
        with self._lock:
            self.world.store.close()

    def worst_window(self, api_key: str | None = None) -> int:
        """Return the most requests of one key that arrived within any period, refused ones too."""
        meter = self._service.meters.get(api_key or self.api_key)
        return meter.worst if meter is not None else 0

    def requests(self, api_key: str | None = None) -> int:
        """Return how many requests of a key arrived."""
        meter = self._service.meters.get(api_key or self.api_key)
        return meter.requests if meter is not None else 0

    def refused(self, api_key: str | None = None) -> int:
        """Return how many requests of a key were answered 429."""
        meter = self._service.meters.get(api_key or self.api_key)
        return meter.refused if meter is not None else 0

    def ledger(self) -> Acceptances:
        """Return how often every document was accepted."""
        return self.world.acceptances
