"""Requests that the spec doesn't list: by method and path, or by an address that the API gave."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, unquote

from ..errors import ArgumentError
from .downloads import read_file
from .exact_json import dump_json, plain
from .operation import Operation, Repeat
from .pagination import PageReader
from .replies import Reply, read
from .requests import Body, Request, text_pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .downloads import Download
    from .model import Model
    from .requests import Content

T = TypeVar("T")

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def operation_of(method: str, path: str, parse: Callable[[Reply], T]) -> Operation[T]:
    """Return the record of an operation that the spec doesn't list.

    Only a GET is repeated where a reply got lost: nobody has said that any other may be.

    Raises:
        ArgumentError: there is no such method.
    """
    if method not in METHODS:
        raise ArgumentError(f"{method!r} is none of {', '.join(METHODS)}", argument="method")
    repeat = Repeat.SAFE if method == "GET" else Repeat.WRITE
    return Operation("request", method, path, repeat, parse, accept="application/json, */*;q=0.5")


def parser_of(model: type[Model] | None, unwrap: str | None, items: str | None) -> Callable[[Reply], object]:
    """Return what reads the reply: as a model, as a page of them, or as it came.

    Raises:
        ArgumentError: a key is named without a model, or two of them.
    """
    if model is None:
        if unwrap is not None or items is not None:
            raise ArgumentError(
                "say model= too, or leave both out for the reply as it came", argument="unwrap, items"
            )
        return _as_it_came
    if unwrap is not None and items is not None:
        raise ArgumentError("an object has the one, a list the other", argument="unwrap, items")
    if items is not None:
        return PageReader(model, items)
    return partial(read, kind=model, key=unwrap)


def request_for(
    path: str,
    *,
    query: Mapping[str, object] | None = None,
    json: object = None,
    content: Content | None = None,
    media_type: str = "application/octet-stream",
) -> Request:
    """Return a request for a path, checked.

    Args:
        path: from the root of the API, for example `/accounts/1234/orders`.
        query: its parameters; None is left out, a list repeats its name.
        json: the body, where it is JSON; models and `Decimal` may stand in it.
        content: the body, where it is sent as it is.
        media_type: what `content` is.

    Raises:
        ArgumentError: the path leads elsewhere, or there are two bodies.
    """
    if json is not None and content is not None:
        raise ArgumentError("a request has one body; pass one of them", argument="json, content")
    body = None
    if json is not None:
        try:
            value = plain(json)
        except ArgumentError as error:
            raise ArgumentError(str(error), argument="json") from None
        body = Body(dump_json(value), "application/json", value)
    elif content is not None:
        body = Body(content, media_type)
    pairs = [(name, value) for name, value in (query or {}).items() if value is not None]
    return Request(checked_path(path), text_pairs(pairs, "query"), body=body, account=_account_in(path))


def checked_path(path: str) -> str:
    """Return a path, percent-encoded where it is not.

    Raises:
        ArgumentError: it does not begin at the root of the API, climbs out of it, or holds a query.
    """
    if not isinstance(path, str) or not path.startswith("/"):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentError(f"{path!r} does not begin at the root; write it like /accounts", argument="path")
    if any(mark in path for mark in "?#"):
        raise ArgumentError(f"{path!r} holds a query; pass it as query=", argument="path")
    decoded = unquote(path)
    if "\\" in decoded or not decoded.isprintable() or re.search("%(?![0-9A-Fa-f]{2})", path):
        raise ArgumentError(
            f"{path!r} holds a backslash, half an escape, or what can't be seen", argument="path"
        )
    if {"", ".", ".."} & set(decoded[1:].removesuffix("/").split("/")):
        raise ArgumentError(f"{path!r} has a part that is empty or climbs up", argument="path")
    return quote(path, safe="/%:@!$&'()*+,;=~")


def _account_in(path: str) -> str | None:
    parts = path.split("/")
    return unquote(parts[2]) if len(parts) > 2 and parts[1] == "accounts" else None


def _as_it_came(reply: Reply) -> Reply:
    return reply


def file_at(path: str) -> tuple[Operation[Download], Request]:
    """Return the request for a file at an address of the API, given as path and query."""
    operation = operation_of("GET", path, read_file).changed(accept="*/*")
    return operation, Request(path, account=_account_in(path))
