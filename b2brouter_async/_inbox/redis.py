"""An inbox in Redis, shared by the processes of many machines."""

from __future__ import annotations

import math
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Protocol, cast

try:
    import redis
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "RedisInbox needs redis; install it with: pip install 'b2brouter-async[redis]'", name=error.name
    ) from None

from .._keywords import tells_misspelt
from .store import KEEP, InboxError, Item

if TYPE_CHECKING:
    from collections.abc import Sequence

_SCRIPT = files("b2brouter_async._inbox").joinpath("inbox.lua").read_text(encoding="utf-8")
_Fields = tuple[bytes, tuple[bytes | None, bytes, bytes, bytes, bytes | None]]


class _Script(Protocol):
    def __call__(self, keys: Sequence[str], args: Sequence[str | bytes | int | float]) -> object: ...


@tells_misspelt
class RedisInbox:
    """Keeps items in Redis; every step is one script on the server's own clock.

    Example:
        hooks = WebHooks("whsec_…", inbox=RedisInbox("redis://localhost"))

    It is as durable as the server: `appendonly yes` with `appendfsync always` outlives a power cut, the usual
    `everysec` may lose the last second, and a server without either loses everything with its process.

    Args:
        url: the server, for example `redis://localhost:6379/0`; or a `redis.Redis` without `decode_responses`,
            which is then yours to close.
        name: the beginning of every key, for several applications in one Redis.
        keep: seconds for which the keys of finished items stay known.
        timeout: seconds a call waits for Redis before it gives up with `InboxError`.
    """

    durable = True

    def __init__(
        self,
        url: str | redis.Redis,
        *,
        name: str = "b2brouter-inbox",
        keep: float = KEEP,
        timeout: float = 2.0,
    ) -> None:
        """Remember the server; a connection is made with the first call."""
        self._own = isinstance(url, str)
        self._redis = (
            redis.Redis.from_url(url, socket_timeout=timeout, socket_connect_timeout=timeout)  # pyright: ignore[reportUnknownMemberType]
            if isinstance(url, str)
            else url
        )
        self._name = name
        self._keep = keep

    def __repr__(self) -> str:
        # The address may hold a password.
        return f"RedisInbox(name={self._name!r})"

    def put(self, queue: str, key: str, body: bytes) -> bool:
        """Store an item; False if its key is known."""
        return self._step("put", queue, key, body) == 1

    def take(self, queue: str, owner: str, *, most: int, lease: float) -> list[Item]:
        """Lease items that are due."""
        return _items(self._step("take", queue, owner, most, lease))

    def renew(self, key: str, owner: str, *, lease: float) -> bool:
        """Lease an item for longer."""
        return self._step("renew", key, owner, lease) == 1

    def note(self, key: str, owner: str, note: str) -> bool:
        """Note how far the work came."""
        return self._step("note", key, owner, note) == 1

    def done(self, key: str, owner: str) -> bool:
        """End an item."""
        return self._step("done", key, owner, math.ceil(self._keep)) == 1

    def again(self, key: str, owner: str, *, delay: float, problem: str, counted: bool = True) -> bool:
        """Let an item wait again."""
        return self._step("again", key, owner, delay, problem, int(not counted)) == 1

    def give_back(self, key: str, owner: str) -> bool:
        """Let an item wait again as if this try had not been."""
        return self._step("give_back", key, owner) == 1

    def bury(self, key: str, owner: str, *, problem: str) -> bool:
        """Set an item aside."""
        return self._step("bury", key, owner, problem) == 1

    def dead(self, queue: str) -> list[Item]:
        """Return what was set aside."""
        return _items(self._step("dead", queue))

    def retry(self, queue: str, key: str) -> bool:
        """Let an item that was set aside wait again."""
        return self._step("retry", queue, key) == 1

    def waiting(self, queue: str) -> int:
        """Return how many items wait or are being worked on."""
        return cast("int", self._step("waiting", queue))

    def finished(self, queue: str, key: str) -> bool:
        """Tell whether an item was ended."""
        return self._step("finished", queue, key) == 1

    def close(self) -> None:
        """Let go of the connections."""
        if self._own:
            self._redis.close()

    @cached_property
    def _script(self) -> _Script:
        return cast("_Script", self._redis.register_script(_SCRIPT))

    def _step(self, step: str, *arguments: str | bytes | int | float) -> object:
        try:
            # The braces keep all keys of an inbox on one server of a cluster.
            return self._script(keys=[f"{{{self._name}}}"], args=[step, *arguments])
        except redis.RedisError as error:
            raise InboxError(f"Redis does not keep the inbox: {error}") from error


def _items(found: object) -> list[Item]:
    items: list[Item] = []
    for key, (body, arrived, tries, note, problem) in cast("list[_Fields]", found):
        items.append(
            Item(
                key=key.decode(),
                body=body or b"",
                arrived=float(arrived),
                tries=int(tries),
                note=note.decode(),
                problem=None if problem is None else problem.decode(errors="replace"),
            )
        )
    return items
