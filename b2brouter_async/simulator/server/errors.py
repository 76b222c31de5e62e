"""Error replies: status, code, message and param in the documented envelope (behaviours 40 and 41)."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """A request the server refuses, with all its reply needs.

    `code` None leaves the code out, as the server does on 429.
    """

    def __init__(
        self,
        status: int,
        code: str | None,
        message: str,
        *,
        param: str | None = None,
        details: Any = None,  # free JSON in the spec
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.headers: dict[str, str] = headers or {}
        error: dict[str, Any] = {"message": message, "type": "invalid_request_error"}
        if code is not None:
            error = {"code": code, **error}
        if param is not None:
            error["param"] = param
        if details is not None:
            error["details"] = details
        self.body: dict[str, Any] = {"error": error}


def bad_request(message: str, *, param: str | None = None) -> Refusal:
    """Parameters or a body that don't have the shape the spec gives them."""
    return Refusal(400, "invalid_request_params", message, param=param)


def missing(what: str) -> Refusal:
    """Nothing there, or out of this key's reach: the server doesn't say which."""
    return Refusal(404, "resource_missing", f"No such {what}.")


def conflict(message: str) -> Refusal:
    """The state of the resource forbids it."""
    return Refusal(409, "conflict", message)


def blank(param: str) -> Refusal:
    """A required value is missing or empty."""
    return Refusal(422, "parameter_blank", f"{_title(param)} can't be blank", param=param)


def empty(param: str) -> Refusal:
    """A null, or an empty value, where the server wants a value or nothing at all (behaviour 21)."""
    return Refusal(422, "parameter_empty", f"{_title(param)} can't be empty", param=param)


def inclusion(param: str, message: str | None = None) -> Refusal:
    """A value outside the list of those allowed."""
    return Refusal(
        422, "parameter_inclusion", message or f"{_title(param)} is not included in the list", param=param
    )


def invalid(param: str, reason: str) -> Refusal:
    """A value that contradicts another."""
    return Refusal(422, "parameter_invalid", f"{_title(param)} {reason}", param=param)


def taken(param: str) -> Refusal:
    """A value that must be unique and is not."""
    return Refusal(422, "parameter_taken", f"{_title(param)} has already been taken", param=param)


def cannot_change(param: str, message: str | None = None) -> Refusal:
    """A value that is fixed by now."""
    return Refusal(
        422, "parameter_cannot_change", message or f"{_title(param)} can't be changed", param=param
    )


def _title(param: str) -> str:
    text = param.rsplit(".", 1)[-1].replace("_", " ")
    return text[:1].upper() + text[1:]
