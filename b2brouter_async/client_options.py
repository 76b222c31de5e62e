"""`ClientOptions`: the keyword arguments of `B2Brouter` as a type. Loaded by those who ask for it alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping, Sequence

    from ._call.answers import CacheSettings
    from ._call.attempt import Middleware
    from ._call.http_library import AsyncClient, TransportName
    from ._call.retry_policy import RetryPolicy
    from ._core.requests import AccountId
    from .config import ProxyURL
    from .generated.platform import EnvironmentName
    from .limiter import RateLimiter

__all__ = ["ClientOptions"]


class ClientOptions(TypedDict, total=False):
    """The keyword arguments of `B2Brouter`, beside the key.

    Example:
        options: ClientOptions = {"timeout": 30.0, "max_attempts": 2}
        async with B2Brouter(api_key="test_…", **options) as client:
            accounts = await client.accounts.list()
    """

    environment: EnvironmentName | None
    account: AccountId | None
    api_version: str | None
    base_url: str | None
    requests_per_minute: int | None
    burst: float | None
    timeout: float
    deadline: float | None
    priority: int
    retry: RetryPolicy | None
    max_attempts: int | None
    headers: Mapping[str, str] | None
    max_response_bytes: int
    ssl_context: ssl.SSLContext | None
    proxy: str | ProxyURL | None
    http_client: AsyncClient | None
    transport: TransportName
    limiter: RateLimiter | None
    middleware: Sequence[Middleware]
    user_agent: str | None
    cache: bool | CacheSettings


def __dir__() -> list[str]:
    return list(__all__)
