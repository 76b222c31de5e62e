"""Documents as they lie in the ledger: compressed, encrypted where there are keys, until they are purged."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import anyio.to_thread
import simplejson
from attrs import field, frozen

from .._core.callbacks import call_either
from .._core.model import Model
from ..bulk.prepare import Invalid, Prepared, prepare
from ..bulk.source import Document
from ..errors import ArgumentError, ConfigurationError
from .encryption import DocumentKeys

if TYPE_CHECKING:
    from decimal import Decimal

    from ..bulk.journal.postgres.row import Kept
    from ..bulk.prepare import Rules
    from ..generated.models.invoice_input import InvoiceInput

Fetch: TypeAlias = Callable[[str], Awaitable[bytes] | bytes]
"""Returns the document that the application knows by a name: the path of a file, the key of an object. Async, or an
ordinary function, which runs in a thread, as libraries for stores of objects mostly want it."""


@frozen
class Reference:
    """A document that the application keeps itself, until it is settled: it is fetched when it is delivered.

    Example:
        digest = hashlib.sha256(Path("invoice.xml").read_bytes()).hexdigest()
        document = await outbox.add(Reference("invoice.xml", sha256=digest), connection=connection)
    """

    name: str
    """What `fetch` is given: the path of a file, the key of an object in a store."""
    sha256: str | None = None
    """Of its bytes. Left out, the document is fetched once when it is added."""


Content: TypeAlias = (
    "bytes | bytearray | memoryview | os.PathLike[str] | Reference | InvoiceInput | Mapping[str, object]"
)
"""What can be added: a document's bytes, a file that is read now, an invoice, or where the application keeps it."""


@frozen(kw_only=True)
class Packed:
    """A document as it is put into the ledger."""

    kind: str
    sha256: str
    source: str
    """What it is called where nobody says another name."""
    body: bytes | None = field(default=None, repr=False)
    compression: str = "none"
    encryption: str = "none"
    reference: str | None = None
    number: str | None = None
    series: str | None = None
    year: int | None = None


def pack(content: Content, rules: Rules, *, total: Decimal | None, keys: DocumentKeys | None) -> Packed:
    """Return a document as it is put into the ledger. Blocks: to be called in a thread.

    Args:
        content: the document; a reference has its hash.
        rules: what it is held to.
        total: what it must come to with taxes, where somebody said so.
        keys: what it is encrypted with; None where it isn't.

    Raises:
        ArgumentError: it is no document, can't be read, is too large, or could not be sent.
    """
    if isinstance(content, Reference):
        if not isinstance(cast("object", content.name), str) or not content.name:
            raise ArgumentError(
                f"expected the text that fetch is given, got {content.name!r}", argument="name"
            )
        if content.sha256 is None or len(content.sha256) != 64 or content.sha256.strip("0123456789abcdef"):
            raise ArgumentError(
                "it is the SHA-256 of the document, 64 small hexadecimal digits", argument="sha256"
            )
        return Packed(kind="reference", sha256=content.sha256, source=content.name, reference=content.name)
    if isinstance(content, (Mapping, Model)):
        given = content.to_dict() if isinstance(content, Model) else content
        return _pack_invoice(given, rules, total, keys)
    most = rules.settings.max_bytes
    source = "document"
    if isinstance(content, os.PathLike):
        source = os.path.basename(os.fspath(content))
        try:
            with open(content, "rb") as file:
                data = file.read(most + 1)
        except OSError as error:
            raise ArgumentError(
                f"{source} can't be read: {error.strerror or error}", argument="document"
            ) from None
    elif isinstance(cast("object", content), (bytes, bytearray, memoryview)):
        data = bytes(content)
    else:
        hint = "; wrap a path in pathlib.Path()" if isinstance(content, str) else ""
        raise ArgumentError(
            f"expected bytes, a path, an InvoiceInput, a mapping or a Reference, got {type(content).__name__}{hint}",
            argument="document",
        )
    if not data:
        raise ArgumentError(f"{source} is empty", argument="document")
    if len(data) > most:
        raise ArgumentError(f"{source} has more than the {most:,} bytes allowed here", argument="document")
    body, encryption = _sealed(compressed(data), keys)
    return Packed(
        kind="file",
        sha256=hashlib.sha256(data).hexdigest(),
        source=source,
        body=body,
        compression="zlib",
        encryption=encryption,
    )


def _pack_invoice(
    given: Mapping[str, object], rules: Rules, total: Decimal | None, keys: DocumentKeys | None
) -> Packed:
    # Checked as it will be when it is sent: what is wrong is told here, where the order can still be mended.
    try:
        prepared = prepare(Document(given, total=total), rules, _unknown)
    except Invalid as invalid:
        raise ArgumentError(invalid.reason, argument="document") from None
    assert isinstance(prepared, Prepared)
    assert prepared.request is not None
    assert prepared.request.body is not None
    invoice = cast("Mapping[str, object]", prepared.request.body.value)["invoice"]
    data = str(simplejson.dumps(invoice, use_decimal=True, separators=(",", ":"))).encode()
    if len(data) > rules.settings.max_bytes:
        raise ArgumentError(
            f"the invoice has more than the {rules.settings.max_bytes:,} bytes allowed here",
            argument="document",
        )
    body, encryption = _sealed(compressed(data), keys)
    return Packed(
        kind="invoice",
        sha256=prepared.sha256,
        source=prepared.sought.number,
        body=body,
        compression="zlib",
        encryption=encryption,
        number=prepared.sought.number,
        series=prepared.sought.series,
        year=prepared.sought.year,
    )


def _unknown(key: str) -> None:
    """Know of nothing that is settled."""


def _sealed(data: bytes, keys: DocumentKeys | None) -> tuple[bytes, str]:
    return (data, "none") if keys is None else (keys.encrypt(data), keys.SCHEME)


def compressed(data: bytes) -> bytes:
    """Return a document's bytes as the ledger keeps them. Blocks: to be called in a thread, where it is large."""
    return zlib.compress(data, 6)


async def content_of(
    kept: Kept, fetch: Fetch | None, *, most: int, keys: DocumentKeys | None = None
) -> bytes | dict[str, Any]:
    """Return a document: its bytes, or an invoice as JSON.

    Args:
        kept: what the ledger has of it.
        fetch: returns what the application has.
        most: bytes that it may have at most.
        keys: what it may be encrypted with.

    Raises:
        Invalid: it can't be had, for good.
        ConfigurationError: it is encrypted, and its key is not among those that were given.
        Exception: whatever `fetch` raises.
    """
    if kept.kind == "reference":
        if fetch is None:
            raise Invalid(
                f"The document is kept outside, as {kept.reference}, and nothing was given to fetch it with."
            )
        return await fetched(fetch, kept.reference or "")
    data = kept.body or b""
    if kept.encryption != "none":
        data = await anyio.to_thread.run_sync(decrypted, kept, keys)
    if kept.compression == "zlib":
        data = await anyio.to_thread.run_sync(_decompressed, data, most)
    elif kept.compression != "none":
        raise Invalid(
            f"The document is compressed in a way that this version doesn't know: {kept.compression}."
        )
    if kept.kind != "invoice":
        return data
    try:
        return cast("dict[str, Any]", simplejson.loads(data, use_decimal=True))
    except ValueError:
        raise Invalid("The document is kept as an invoice, and is no JSON.") from None


async def fetched(fetch: Fetch, name: str) -> bytes:
    """Return a document that the application keeps.

    Args:
        fetch: returns it.
        name: what the application knows it by.

    Raises:
        ArgumentError: what came is no bytes.
        Exception: whatever `fetch` raises.
    """
    data: object = await call_either(fetch, name)
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise ArgumentError(f"it must return bytes, and returned {type(data).__name__}", argument="fetch")
    return bytes(cast("bytes", data))


def decrypted(kept: Kept, keys: DocumentKeys | None) -> bytes:
    """Return what the ledger keeps of a document, with the encryption taken off.

    Raises:
        ConfigurationError: its key is not among those that were given.
        Invalid: it is encrypted in a way that is not known here.
    """
    if kept.encryption != DocumentKeys.SCHEME:
        raise Invalid(
            f"The document is encrypted in a way that this version doesn't know: {kept.encryption}."
        )
    if keys is None:
        raise ConfigurationError("the document is encrypted, and no key was given", argument="keys")
    return keys.decrypt(kept.body or b"")


def _decompressed(data: bytes, most: int) -> bytes:
    decompressor = zlib.decompressobj()
    try:
        whole = decompressor.decompress(data, most + 1)
    except zlib.error as error:
        raise Invalid(f"The document can't be decompressed: {error}.") from None
    return whole
