"""Reads the error bodies of the API, in all the shapes they come in (behaviour 40), and never fails on one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from attrs import frozen

from .._core.exact_json import load_json
from ..errors import APIStatusError, DuplicateNumberError, ShapeError, status_error_class
from .retry import asked_to_wait

if TYPE_CHECKING:
    from .._core.known_words import UnknownWord
    from .._core.replies import Reply

_LONGEST_MESSAGE = 300
_LONGEST_TEXT = 65536
_NESTING = 8

_HINTS = {
    "api_version_subdomain_mismatch": (
        "This API version is not served on this host: pass another api_version=, or the host's base_url="
    ),
    "invalid_api_version": (
        "The server doesn't know this API version: pass an api_version= that it knows, written YYYY-MM-DD"
    ),
    "missing_api_version": "The version header got lost on the way: look for a proxy that removes headers",
    "invalid_api_key": (
        "Keys belong to one environment: staging has its own host and keys, and a key starting with test_ "
        "works in the sandbox alone; check environment= and api_key="
    ),
    "expired_api_key": "Make a new key in B2Brouter's developer settings",
    "no_account_group": "The key belongs to no group of accounts: make it in a group's developer settings",
}

_NUMBER_FOR_ID = "An id is digits; invoices.find_by_number(…) finds an invoice by its number"
_UNKNOWN_ACCOUNT = "client.accounts.list() shows the accounts that the key sees"

_CLASSES: dict[tuple[int, str, str | None], type[APIStatusError]] = {
    (422, "parameter_taken", "number"): DuplicateNumberError,
    (422, "parameter_taken", "invoice_number"): DuplicateNumberError,
}
"""Errors with an exception of their own: status, code and parameter (None: whichever) → class.

A parameter is meant by its last part: `number` is `invoice.number` and `invoice[number]`, too.
"""

_SAID_IN_WORDS = (
    (re.compile(r"^(invoice\W*)?number\b.*\b(already|taken)\b", re.IGNORECASE), "parameter_taken", "number"),
)
"""What stands for a code and a parameter in the shapes of body that have neither (behaviour 40)."""


@frozen
class ErrorBody:
    """What an error body says, whatever its shape."""

    code: str | None = None
    message: str = ""
    type: str | None = None
    param: str | None = None
    details: object = None
    errors: tuple[str, ...] = ()
    body: object = None


def status_error(
    reply: Reply,
    *,
    not_followed: str | None = None,
    unknown: Sequence[UnknownWord] = (),
    names_only_an_account: bool = False,
    names_an_invoice_by_words: bool = False,
) -> APIStatusError:
    """Turn a reply that says no into the error of the hierarchy.

    Args:
        reply: the reply, its content already free of the key.
        not_followed: where the reply is a redirect, why that was not followed.
        unknown: words of the request that are none of the known ones; the refusal may be about them.
        names_only_an_account: whether the request's path names an account and nothing else that may be missing.
        names_an_invoice_by_words: whether it names an invoice by what is no id, and probably its number.
    """
    read = read_error_body(reply.content, reply.headers.get("content-type", ""))
    return _class_of(reply.status, read)(
        status=reply.status,
        code=read.code,
        message=not_followed or read.message or "the server gave no reason",
        type=read.type,
        param=read.param,
        details=read.details,
        errors=read.errors,
        retry_after=asked_to_wait(reply.headers),
        body=read.body,
        hint=_HINTS.get(read.code or "")
        or _about_words(reply.status, read, unknown)
        or (_UNKNOWN_ACCOUNT if reply.status == 404 and names_only_an_account else None)
        or (_NUMBER_FOR_ID if reply.status == 404 and names_an_invoice_by_words else None),
        request_id=reply.request_id,
    )


def read_error_body(content: bytes, media_type: str = "") -> ErrorBody:
    """Read an error body of any shape; a shape nobody has seen ends as text in `body`.

    Args:
        content: the body as it came.
        media_type: the reply's Content-Type.
    """
    if not content.strip():
        return ErrorBody()
    try:
        value = load_json(content)
    except ShapeError:
        return _no_json(content, media_type)
    if isinstance(value, str):
        return ErrorBody(message=one_line(value), errors=(one_line(value),), body=value)
    if isinstance(value, list):
        errors = tuple(_complaints(cast("list[object]", value)))
        return ErrorBody(message=one_line("; ".join(errors)), errors=errors, body=cast("object", value))
    if not isinstance(value, Mapping):
        return ErrorBody(body=value)
    return _from_mapping(cast("Mapping[str, object]", value))


def one_line(text: str) -> str:
    """Return text on one line, without control characters, of a length fit for a log."""
    printable = "".join(char if char.isprintable() else " " for char in text[: _LONGEST_MESSAGE * 4])
    joined = " ".join(printable.split())
    return joined if len(joined) <= _LONGEST_MESSAGE else joined[: _LONGEST_MESSAGE - 1] + "…"


def _from_mapping(value: Mapping[str, object]) -> ErrorBody:
    inner: object = value.get("error")
    source = value
    if isinstance(inner, Mapping):
        source, inner = cast("Mapping[str, object]", inner), None
    message = _text(source.get("message")) or _text(inner) or _text(source.get("error"))
    message = message or _text(source.get("title")) or _text(source.get("detail"))
    listed = source.get("errors", value.get("errors"))
    errors = tuple(_complaints(listed))
    param = _word(source.get("param"))
    if param is None and isinstance(listed, Mapping) and len(cast("Mapping[str, object]", listed)) == 1:
        param = _word(next(iter(cast("Mapping[str, object]", listed))))
    if message is None:
        message = "; ".join(errors)
    elif not errors:
        errors = (one_line(message),)
    return ErrorBody(
        code=_word(source.get("code")),
        message=one_line(message),
        type=_word(source.get("type")),
        param=param,
        details=source.get("details"),
        errors=errors,
        body=value,
    )


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def _word(value: object) -> str | None:
    text = _text(value)
    return None if text is None else one_line(text) or None


def _complaints(value: object, place: str = "", depth: int = 0) -> list[str]:
    """Flatten lists and objects of complaints into texts, each with the field it is about."""
    if value is None or depth > _NESTING:
        return []
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, object]", value)
        said = _text(fields.get("message")) or _text(fields.get("error"))
        if said is not None:
            about = _text(fields.get("param")) or place
            return [one_line(f"{about}: {said}" if about else said)]
        return [
            text
            for key, item in fields.items()
            for text in _complaints(item, f"{place}.{key}" if place else str(key), depth + 1)
        ]
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [
            text for item in cast("Sequence[object]", value) for text in _complaints(item, place, depth + 1)
        ]
    text = value if isinstance(value, str) else str(value)
    return [one_line(f"{place}: {text}" if place else text)] if text.strip() else []


def _no_json(content: bytes, media_type: str) -> ErrorBody:
    text = content[:_LONGEST_TEXT].decode("utf-8", "replace")
    start = text.lstrip()[:200].lower()
    if "html" in media_type.lower() or start.startswith(("<!doctype html", "<html")):
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        named = f": {one_line(title[1])}" if title and title[1].strip() else ""
        return ErrorBody(message=f"an HTML page, probably from a proxy{named}", body=text)
    return ErrorBody(message=one_line(text), errors=(one_line(text),), body=text)


def not_followed(method: str, asked: Sequence[str], target: str | None, location: str) -> str:
    """Return why a redirect was not followed.

    Args:
        method: the HTTP method.
        asked: the paths that were asked for, one after the other; the last was answered with the redirect.
        target: the path it leads to; None where it leads to another server.
        location: what the server said.
    """
    if target is None:
        try:
            host = urlsplit(location).hostname
        except ValueError:
            host = None
        place = one_line(host or "another place")
        return f"the server points to {place}; not followed, the key goes nowhere else"
    if method != "GET":
        return (
            f"the server points to {one_line(target)}; not followed, only a read is asked for again elsewhere"
        )
    way = one_line(" → ".join((*asked[-4:], target)))
    if target in asked:
        return f"the server redirects in a circle: {way}"
    return f"the server redirects again and again, {len(asked)} times until now: {way}"


def _class_of(status: int, body: ErrorBody) -> type[APIStatusError]:
    code, param = body.code, None if body.param is None else _last_part(body.param)
    if code is None or param is None:
        for words, meant, about in _SAID_IN_WORDS:
            if code in (None, meant) and any(words.search(text) for text in (body.message, *body.errors)):
                code, param = meant, about
    by_code = (
        None if code is None else _CLASSES.get((status, code, param)) or _CLASSES.get((status, code, None))
    )
    return by_code or status_error_class(status)


def _about_words(status: int, body: ErrorBody, unknown: Sequence[UnknownWord]) -> str | None:
    """Return which words of the request a refusal may be about, and what is known in their place."""
    if status not in (400, 404, 406, 422):
        return None
    about = None if body.param is None else _last_part(body.param)
    said = [str(word) for word in unknown if about in (None, word.field)]
    return " ".join(said) or None


def _last_part(param: str) -> str:
    return re.split(r"[.\[\]/]+", param.rstrip("]"))[-1].lower()
