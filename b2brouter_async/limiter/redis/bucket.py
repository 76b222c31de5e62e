"""The limiter for several processes on one key: one ledger in Redis, on Redis' clock."""

from __future__ import annotations

import hashlib
from functools import partial
from importlib.resources import files
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, Literal, cast

from ..._keywords import tells_misspelt
from ...errors import ConfigurationError
from ..shared.bucket import SharedTokenBucket

if TYPE_CHECKING:
    from collections.abc import Callable

    from redis import Redis
    from redis.cluster import RedisCluster

    from ..reports import Rejection
    from ..shared.worker import Script

SCRIPT = files("b2brouter_async.limiter.redis").joinpath("reserve.lua").read_text(encoding="utf-8")


@tells_misspelt
class RedisTokenBucket(SharedTokenBucket):
    """A `TokenBucket` that all processes with one key share through Redis.

    Example:
        limiter = RedisTokenBucket("redis://localhost", "api-staging.b2brouter.net", "test_shared", 600)
        async with B2Brouter(api_key="test_…", limiter=limiter) as client:
            accounts = await client.accounts.list()

    The same promise and the same interface. One script keeps ledger, pace and sliding window on
    Redis' clock and reserves the next slots; each process has its own queue and at most one slot
    of each priority reserved ahead. A lease whose process died comes back by itself.

    Redis is spoken to by one thread per bucket, with the synchronous redis-py: so it works under
    asyncio and trio alike, `release` stays a plain function, and no cancellation can tear a
    reservation from its answer. Needs the extra `redis`.

    Args:
        redis: a URL, or a client of redis-py (also of a cluster) with timeouts set.
        host: host name of the API.
        api_key: the key; only a hash of it reaches Redis.
        limit: requests per period the server allows, all processes together.
        period: length of the period in seconds.
        burst: see `TokenBucket`.
        max_in_flight: leases out at once, all processes together.
        lease: seconds after which the lease of a silent process is taken for dead; not less
            than the longest total timeout in use.
        grace: see `TokenBucket`.
        freeze_cap: see `TokenBucket`.
        on_redis_error: what to do when Redis doesn't answer for `patience` seconds. `"fail"`
            raises `LimiterUnavailableError` from `acquire`. `"local"` waits one period, since what
            the others have just sent is no longer known, and goes on with this process's share.
        processes: how many processes share the limit; needed for `"local"`.
        patience: seconds of silence that are no outage.
        on_rejected: see `TokenBucket`.

    Raises:
        ConfigurationError: A number that makes no limiter, or redis-py is not installed.
    """

    _store = "Redis"
    _on_error = "on_redis_error"

    def __init__(
        self,
        redis: str | Redis | RedisCluster,
        host: str,
        api_key: str,
        limit: int,
        period: float = 60.0,
        burst: float | None = None,
        *,
        max_in_flight: int | None = None,
        lease: float = 120.0,
        grace: float = 120.0,
        freeze_cap: float | None = None,
        on_redis_error: Literal["fail", "local"] = "fail",
        processes: int | None = None,
        patience: float = 2.0,
        on_rejected: Callable[[Rejection], None] | None = None,
    ) -> None:
        _check_client(redis)
        names: dict[str, object] = {"host": host, "api_key": api_key}
        super().__init__(
            partial(_registrar(redis), SCRIPT),
            redis_keys(host, api_key) if all(isinstance(name, str) for name in names.values()) else [],
            names,
            limit=limit,
            period=period,
            burst=burst,
            max_in_flight=max_in_flight,
            lease=lease,
            grace=grace,
            freeze_cap=freeze_cap,
            on_error=on_redis_error,
            processes=processes,
            patience=patience,
            on_rejected=on_rejected,
        )

    @staticmethod
    def _passes(error: Exception) -> bool:
        return not _is_shut_out(error)

    def _reason(self, error: Exception) -> str:
        if not _is_shut_out(error):
            return super()._reason(error)
        return (
            f"{super()._reason(error)}; mend user and password in its URL, or have its owner grant this user the limiter's "
            "script on the keys b2brouter:*"
        )


def _is_shut_out(error: Exception) -> bool:
    """Tell whether Redis doesn't let this user in, or not do what the limiter does."""
    from redis import exceptions

    shut_out = (
        exceptions.AuthenticationError, exceptions.AuthenticationWrongNumberOfArgsError, exceptions.AuthorizationError,
        exceptions.NoPermissionError,
    )  # fmt: skip
    return isinstance(error, shut_out)


def _check_client(client: object) -> None:
    if isinstance(client, str):
        return
    if iscoroutinefunction(getattr(client, "execute_command", None)):
        raise ConfigurationError(
            "pass a client of redis.Redis, not of redis.asyncio: it is used from a thread", argument="redis"
        )
    if not callable(getattr(client, "register_script", None)):
        raise ConfigurationError(
            f"expected a URL or a client of redis-py, got {type(client).__name__}", argument="redis"
        )


def redis_keys(host: str, api_key: str) -> list[str]:
    """Name the keys of a budget: the API key only as a hash, and all on one node of a cluster."""
    digest = hashlib.sha256(f"{host.lower()}\0{api_key}".encode()).hexdigest()[:32]
    return [f"b2brouter:{{{digest}}}:{part}" for part in ("slots", "flight", "state")]


def _registrar(client: str | Redis | RedisCluster) -> Callable[[str], Script]:
    try:
        import redis
    except ImportError:
        raise ConfigurationError(
            "RedisTokenBucket needs redis-py; install it with: pip install 'b2brouter-async[redis]'"
        ) from None
    # redis-py types keyword arguments and results as unknown.
    from_url = cast("Callable[..., Any]", redis.Redis.from_url)  # pyright: ignore[reportUnknownMemberType]
    opened: Any = client
    if isinstance(client, str):
        try:
            opened = from_url(client, socket_timeout=2.0, socket_connect_timeout=2.0)
        except Exception:
            opened = None
        if opened is None:
            # Nothing of it is said: a password may stand in it.
            raise ConfigurationError(
                "this is no URL of Redis; write it as redis://host:port/0", argument="redis"
            )
    return cast("Callable[[str], Script]", opened.register_script)
