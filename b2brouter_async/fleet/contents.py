"""Documents as they lie in the ledger: compressed, until they are purged."""

from __future__ import annotations

import zlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import anyio.to_thread
import simplejson

from ..bulk.prepare import Invalid

if TYPE_CHECKING:
    from ..bulk.journal.postgres.row import Kept

Fetch: TypeAlias = Callable[[str], Awaitable[bytes]]
"""Returns the document that the application knows by a name: the path of a file, the key of an object."""


def compressed(data: bytes) -> bytes:
    """Return a document's bytes as the ledger keeps them. Blocks: to be called in a thread, where it is large."""
    return zlib.compress(data, 6)


async def content_of(kept: Kept, fetch: Fetch | None, *, most: int) -> bytes | dict[str, Any]:
    """Return a document: its bytes, or an invoice as JSON.

    Args:
        kept: what the ledger has of it.
        fetch: returns what the application has.
        most: bytes that it may have at most.

    Raises:
        Invalid: it can't be had, for good.
        Exception: whatever `fetch` raises.
    """
    if kept.kind == "reference":
        if fetch is None:
            raise Invalid(
                f"The document is kept outside, as {kept.reference}, and nothing was given to fetch it with."
            )
        return await fetch(kept.reference or "")
    data = kept.body or b""
    if kept.encryption != "none":
        raise Invalid(f"The document is encrypted ({kept.encryption}), and no key was given.")
    if kept.compression == "zlib":
        data = await anyio.to_thread.run_sync(_decompressed, data, most)
    elif kept.compression != "none":
        raise Invalid(
            f"The document is compressed in a way that this version doesn't know: {kept.compression}."
        )
    if kept.kind != "invoice":
        return data
    try:
        invoice: dict[str, Any] = simplejson.loads(data, use_decimal=True)
    except ValueError as error:
        raise Invalid(f"The invoice is no JSON: {error}.") from None
    return invoice


def _decompressed(data: bytes, most: int) -> bytes:
    decompressor = zlib.decompressobj()
    try:
        whole = decompressor.decompress(data, most + 1)
    except zlib.error as error:
        raise Invalid(f"The document can't be decompressed: {error}.") from None
    return whole
