"""A call as a handler gets it, and the reply it gives."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from . import errors

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..spec import Operation
    from ..state.store import JsonObject, Record
    from ..state.world import World
    from .keys import Key

DEFAULT_LIMIT = 25
LARGEST_LIMIT = 500


@attrs.frozen
class Call:
    """One checked request: key, version, operation, path values, typed query, body.

    `json` is the parsed body of a JSON operation, `content` the bytes of any other.
    """

    key: Key
    version: str
    operation: Operation
    path: list[str]
    query: dict[str, Any]
    headers: dict[str, str]
    json: Any
    content: bytes
    base_url: str

    @property
    def number(self) -> int:
        """The id at the end of the path parameters; what is no number names nothing there is."""
        return whole(self.path[-1])


@attrs.frozen
class Reply:
    """A reply: JSON when `body` is an object, a file when it is bytes, nothing when it is None."""

    status: int
    body: JsonObject | bytes | None = None
    media_type: str = "application/json"
    headers: dict[str, str] = attrs.field(factory=dict[str, str])


Handler: TypeAlias = Callable[["World", Call], Reply]


def whole(text: str) -> int:
    """Return an id from a path."""
    if not (text.isascii() and text.isdigit()) or len(text) > 19:
        raise errors.missing("resource")
    return int(text)


def account_of(world: World, call: Call, number: str | None = None) -> Record:
    """Return the account at the head of the path, or the one of this id; 404 where the key reaches none."""
    text = number or call.path[0]
    record = world.store.get("account", int(text)) if text.isascii() and text.isdigit() else None
    if record is None or record.owner != call.key.realm:
        raise errors.missing("account")
    return record


def owned(world: World, call: Call, kind: str, number: str | None = None) -> Record:
    """Return the record the path ends with, or the one of this id, of an account the key reaches; else 404."""
    record = world.store.get(kind, whole(number or call.path[-1]))
    if record is None or not world.reaches(call.key.realm, record.owner):
        raise errors.missing(kind.replace("_", " "))
    return record


def bounds(query: dict[str, Any]) -> tuple[int, int]:
    """Return offset and limit; a limit above 500 is cut to 500 (behaviour 8)."""
    limit = query.get("limit", DEFAULT_LIMIT)
    # Nobody has more than this, and slices take no larger numbers.
    offset = min(max(0, query.get("offset", 0)), 2**31)
    return offset, min(limit, LARGEST_LIMIT) if limit > 0 else DEFAULT_LIMIT


def page(
    name: str, rows: Iterable[JsonObject], total: int, offset: int, limit: int, *, flat: bool = False
) -> Reply:
    """Reply with a page of rows: counters under `meta`, or flat at the root (behaviour 9)."""
    counters = {"total_count": total, "offset": offset, "limit": limit}
    body: JsonObject = {name: list(rows)}
    body.update(counters if flat else {"meta": counters})
    return Reply(200, body)


def page_of(
    name: str, records: dict[int, Record] | list[Record], query: dict[str, Any], *, flat: bool = False
) -> Reply:
    """Reply with the page of `records` that the query asks for."""
    offset, limit = bounds(query)
    listed = list(records.values()) if isinstance(records, dict) else records
    rows = (record.look() for record in listed[offset : offset + limit])
    return page(name, rows, len(listed), offset, limit, flat=flat)


def file_reply(
    call: Call, content: bytes, media_type: str, name: str, *, disposition: str = "inline"
) -> Reply:
    """Reply with a file, under the name and the disposition that the query asks for, or else those given."""
    if call.query.get("filename"):
        name, disposition = call.query["filename"], "attachment"
    if call.query.get("disposition") in ("inline", "attachment"):
        disposition = call.query["disposition"]
    if call.query.get("download"):
        disposition = "attachment"
    plain = re.sub(r'[^ -~]|["\\\\%]', "_", name)
    quoted = urllib.parse.quote(name.encode("utf-8", "replace"), safe="")
    header = f"{disposition}; filename=\"{plain}\"; filename*=UTF-8''{quoted}"
    return Reply(200, content, media_type, {"Content-Disposition": header})


def done(world: World, body: JsonObject) -> Reply:
    """Reply 200 with a body, or 204 without one where the simulator is set so (behaviour 34)."""
    return Reply(204) if world.settings.no_content else Reply(200, body)
