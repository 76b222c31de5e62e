"""The bound on a reply's size holds whatever it is compressed with, and however often."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2brouter_async import APIConnectionError, B2Brouter, OutcomeUnknownError, ResponseTooLargeError
from b2brouter_async._call.decoding import BrokenEncoding, Decoder, TooLarge

from .conftest import KEY, RecordingLimiter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning"),  # httpx's own, cut short on purpose
]

INVOICE = b'{"invoice": {"id": 5, "number": "F-1", "state": "new"}}'
MEGABYTE = 1024 * 1024


def raw_deflate(data: bytes) -> bytes:
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflate.compress(data) + deflate.flush()


def bomb(layers: int) -> bytes:
    """Return 64 MiB of zeros, compressed a number of times."""
    squeeze = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    data = b"".join(squeeze.compress(bytes(MEGABYTE)) for _ in range(64)) + squeeze.flush()
    for _ in range(layers - 1):
        data = gzip.compress(data)
    return data


def client(content: bytes, encoding: str, piece: int = 65536, status: int = 200) -> B2Brouter:
    class Stream(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            for start in range(0, len(content), piece):
                yield content[start : start + piece]

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["accept-encoding"] == "gzip, deflate"
        return httpx.Response(status, stream=Stream(), headers={"content-encoding": encoding})

    given_client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return B2Brouter(
        KEY, limiter=RecordingLimiter(), http_client=given_client, max_response_bytes=MEGABYTE, max_attempts=1
    )


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("", INVOICE),
        ("identity", INVOICE),
        ("gzip", gzip.compress(INVOICE)),
        ("X-GZIP", gzip.compress(INVOICE)),
        ("gzip", gzip.compress(INVOICE[:20]) + gzip.compress(INVOICE[20:])),
        ("gzip", gzip.compress(INVOICE) + bytes(100)),
        ("deflate", zlib.compress(INVOICE)),
        ("deflate", raw_deflate(INVOICE)),
        ("gzip, gzip", gzip.compress(gzip.compress(INVOICE))),
        ("deflate, gzip", gzip.compress(zlib.compress(INVOICE))),
    ],
    ids=[
        "none",
        "identity",
        "gzip",
        "its old name",
        "two parts",
        "padded",
        "zlib",
        "without head",
        "twice",
        "mixed",
    ],
)
@pytest.mark.parametrize("piece", [1, 7, 65536])
async def test_a_compressed_reply_is_read(encoding: str, content: bytes, piece: int) -> None:
    assert (await client(content, encoding, piece).invoices.get(5)).number == "F-1"


@pytest.mark.parametrize("layers", [1, 2, 3])
async def test_a_reply_that_grows_too_large_is_read_no_further_whatever_it_is_wrapped_in(layers: int) -> None:
    api = client(bomb(layers), ", ".join(["gzip"] * layers))
    tracemalloc.start()
    try:
        with pytest.raises(ResponseTooLargeError, match="max_response_bytes"):
            await api.invoices.download(5, "original")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 4 * MEGABYTE


async def test_an_inner_layer_that_grows_too_large_ends_it_although_little_comes_out() -> None:
    nothing = gzip.compress(b"") * (3 * MEGABYTE // len(gzip.compress(b"")))
    with pytest.raises(ResponseTooLargeError):
        await client(gzip.compress(nothing), "gzip, gzip").invoices.download(5, "original")


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, br", "gzip, gzip, gzip, gzip, gzip"])
async def test_a_reply_that_is_encoded_as_nobody_asked_for_cannot_be_read(encoding: str) -> None:
    with pytest.raises(APIConnectionError, match=r"the compression of what api\.b2brouter\.net sent"):
        await client(INVOICE, encoding).invoices.get(5)
    with pytest.raises(OutcomeUnknownError):
        await client(INVOICE, encoding, status=201).invoices.create(1, invoice={"number": "F-1"})


@pytest.mark.parametrize(
    "cut",
    [gzip.compress(INVOICE)[:-9], gzip.compress(INVOICE)[:-1], b"xx", b"\x1f\x8b"],
    ids=["in its data", "in its end", "no gzip", "in its head"],
)
async def test_a_compressed_file_that_was_cut_is_not_taken_for_whole(cut: bytes) -> None:
    with pytest.raises(APIConnectionError, match="compression"):
        await client(cut, "gzip").invoices.download(5, "original")


async def test_no_bytes_at_all_are_no_broken_compression() -> None:
    assert len(await client(b"", "gzip").invoices.download(5, "original")) == 0


@given(st.binary(max_size=2000), st.sampled_from(["gzip", "deflate", "gzip, gzip"]), st.integers(1, 300))
def test_any_bytes_are_decoded_or_refused(data: bytes, encoding: str, piece: int) -> None:
    try:
        decoder = Decoder(encoding, 1000)
        given_out = b"".join(
            b"".join(decoder.decode(data[start : start + piece])) for start in range(0, len(data), piece)
        )
    except (BrokenEncoding, TooLarge):
        return
    assert len(given_out) <= 1000
