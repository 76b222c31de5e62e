"""What every inbox can do, whatever it is kept in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from attrs import field, frozen

from ..errors import B2BrouterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..errors import Retry

KEEP = 30 * 86_400.0
"""Seconds for which the key of finished work is kept, so that a late repeat is still known."""


class InboxError(B2BrouterError):
    """The inbox can't be read or written; nothing was taken in, and nothing is lost that was."""

    retry: Retry = "later"


@frozen(kw_only=True)
class Item:
    """Something to be worked off.

    Example:
        for item in inbox.take("events", "worker-1", most=10, lease=60.0):
            print(item.key, item.tries, item.note, item.body)

    Attributes:
        key: what tells repeats apart.
        body: the bytes as they came.
        arrived: when it was stored, in Unix seconds.
        tries: how often work on it was begun, this time included.
        note: how far an earlier try came, where the work noted that.
        problem: why the last try failed.
    """

    key: str
    body: bytes = field(repr=False)
    arrived: float
    tries: int
    note: str = ""
    problem: str | None = None


class Inbox(Protocol):
    """Keeps items until they are worked off; of any number of processes, one works on an item at a time.

    Example:
        inbox: Inbox = SQLiteInbox("webhooks.sqlite")
        hooks = WebHooks("whsec_…", inbox=inbox)

    The methods block, for milliseconds: async code calls them in a thread. They may be called from any thread.
    Each names what it does in one step: two callers at once must not both get an item, or both store a key.

    Attributes:
        durable: whether what was stored outlives this process.
    """

    durable: bool

    def put(self, queue: str, key: str, body: bytes) -> bool:
        """Store an item to be worked off, unless its key was ever stored; False if it was.

        Example:
            fresh = inbox.put("events", "key-1", b"{}")

        When this returns, the item outlives the process (where the inbox is durable).

        Args:
            queue: whose item it is; the same key in two queues is one key.
            key: what tells repeats apart, ASCII.
            body: the item.
        """
        ...

    def take(self, queue: str, owner: str, *, most: int, lease: float) -> Sequence[Item]:
        """Lease items that wait and are due, or whose lease ran out; the longest due come first.

        Example:
            inbox.put("events", "key-1", b"{}")
            for item in inbox.take("events", "worker-1", most=10, lease=60.0):
                inbox.done(item.key, "worker-1")

        Args:
            queue: whose items.
            owner: who takes them; a name that is used once.
            most: how many at most.
            lease: seconds for which nobody else gets them.
        """
        ...

    def renew(self, key: str, owner: str, *, lease: float) -> bool:
        """Lease an item for longer; False if it is no longer the owner's.

        Example:
            ours = inbox.renew("key-1", "worker-1", lease=60.0)

        Args:
            key: the item.
            owner: who works on it.
            lease: seconds from now for which nobody else gets it.
        """
        ...

    def note(self, key: str, owner: str, note: str) -> bool:
        """Note how far the work came, for the next try; False if the item is no longer the owner's.

        Example:
            ours = inbox.note("key-1", "worker-1", "the order is booked")

        Args:
            key: the item.
            owner: who works on it.
            note: comes with the item when it is taken again.
        """
        ...

    def done(self, key: str, owner: str) -> bool:
        """End an item. Its key stays known. False if it is no longer the owner's.

        Example:
            ours = inbox.done("key-1", "worker-1")
        """
        ...

    def again(self, key: str, owner: str, *, delay: float, problem: str, counted: bool = True) -> bool:
        """Let an item whose try failed wait again; False if it is no longer the owner's.

        Example:
            ours = inbox.again("key-1", "worker-1", delay=30.0, problem="the database is away")

        Args:
            key: the item.
            owner: who worked on it.
            delay: seconds until the next try.
            problem: why it failed.
            counted: whether this was a try, or the world was in the way.
        """
        ...

    def give_back(self, key: str, owner: str) -> bool:
        """Let an item wait again as if this try had not been; False if it is no longer the owner's.

        Example:
            ours = inbox.give_back("key-1", "worker-1")
        """
        ...

    def bury(self, key: str, owner: str, *, problem: str) -> bool:
        """Set an item aside: it is listed by `dead` and tried again by `retry` alone.

        Example:
            ours = inbox.bury("key-1", "worker-1", problem="no such order")

        Args:
            key: the item.
            owner: who worked on it.
            problem: why its last try failed.
        """
        ...

    def dead(self, queue: str) -> Sequence[Item]:
        """Return what was set aside.

        Example:
            for item in inbox.dead("events"):
                print(item.key, item.problem)
        """
        ...

    def retry(self, queue: str, key: str) -> bool:
        """Let an item that was set aside wait again, with all its tries before it; False if none was.

        Example:
            found = inbox.retry("events", "key-1")
        """
        ...

    def waiting(self, queue: str) -> int:
        """Return how many items wait or are being worked on.

        Example:
            print(inbox.waiting("events"))
        """
        ...

    def finished(self, queue: str, key: str) -> bool:
        """Tell whether an item was ended by `done` and is still known.

        Example:
            known = inbox.finished("events", "key-1")
        """
        ...

    def close(self) -> None:
        """Let go of files and connections; a later call opens them again.

        Example:
            inbox.close()
        """
        ...
