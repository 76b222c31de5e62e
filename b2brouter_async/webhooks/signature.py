"""Whether a call comes from B2Brouter: the signature over the raw body, and its age (behaviour 44)."""

from __future__ import annotations

import hashlib
import hmac
import math
import re
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias, cast

from ..errors import ConfigurationError
from .errors import WebHookError
from .events import parse

if TYPE_CHECKING:
    from .events import Event

SIGNATURE_HEADER = "X-B2Brouter-Signature"
"""The header that a web hook is signed in."""
TOLERANCE = 300.0
_LONGEST = 1000
_MOST = 5
_PART = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(.*)", re.DOTALL)
_SECONDS = re.compile(r"0|[1-9][0-9]{0,14}")
_DIGEST = re.compile(r"[0-9a-f]{64}")

Secrets: TypeAlias = str | Iterable[str]
"""One secret, or several while they are being changed."""


def verify(
    body: bytes | bytearray | memoryview,
    header: str | bytes | None,
    secrets: Secrets,
    *,
    tolerance: float = TOLERANCE,
    now: float | None = None,
    environment: str = "",
) -> Event:
    """Return the event of a genuine call.

    Example:
        event = verify(body, header, "whsec_…")

    Verify when a call arrives, and never again: what is stored for later grows older than any tolerance.

    Args:
        body: the raw body, byte for byte as it came. JSON that was read and written anew is another body.
        header: what stood in X-B2Brouter-Signature; None where there was none. Of two such headers pass both,
            joined with a comma.
        secrets: the web hook's secret, or several; one that fits is enough.
        tolerance: seconds by which the call may be old, or ahead of this machine's clock.
        now: Unix seconds; this machine's clock when left out.
        environment: goes into the event's key, where one application hears of several environments.

    Returns:
        The event, an `UnknownEvent` where its code is not known.

    Raises:
        WebHookError: the call is refused; `reason` says why.
        ConfigurationError: there is no secret, one is empty or has white space around it, or the tolerance is none.
        TypeError: the body is no bytes.

    Source: behaviours 44, 46 and 66.
    """
    raw = as_bytes(body)
    keys = check_secrets(secrets)
    check_tolerance(tolerance)
    moment = time.time() if now is None else now
    if math.isnan(moment):
        raise ConfigurationError("NaN is no moment; pass Unix seconds", argument="now")
    signed_at, digests = _read_header(header)
    # The time as it was received: a number written anew could be another text.
    content = signed_at.encode("ascii") + b"." + raw
    genuine = False
    for key in keys:
        expected = hmac.new(key, content, hashlib.sha256).hexdigest().encode("ascii")
        for digest in digests:
            # Without stopping at the first that fits: how long this takes tells nothing.
            genuine |= hmac.compare_digest(expected, digest.encode("ascii"))
    if not genuine:
        raise WebHookError("mismatch", _mismatch(raw))
    age = moment - int(signed_at)
    if abs(age) > tolerance:
        raise _untimely(age, tolerance)
    return parse(raw, environment=environment)


def sign(body: bytes, secret: str, *, now: float | None = None) -> str:
    """Return the signature header of a body, for tests of a receiver.

    Example:
        header = sign(body, "whsec_…")

    Args:
        body: the raw body.
        secret: the web hook's secret, the whole text.
        now: Unix seconds, cut to whole ones; this machine's clock when left out.
    """
    moment = int(time.time() if now is None else now)
    (key,) = check_secrets(secret)
    digest = hmac.new(key, f"{moment}.".encode("ascii") + as_bytes(body), hashlib.sha256).hexdigest()
    return f"t={moment},s={digest}"


def as_bytes(body: object) -> bytes:
    """Return a body as bytes.

    Raises:
        TypeError: it is text, or JSON that was read already.
    """
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(cast("bytes", body))
    raise TypeError(
        f"body: pass the raw bytes of the request, not {type(body).__name__}; "
        "a body that was read and written anew has another signature"
    )


def check_secrets(secrets: Secrets) -> tuple[bytes, ...]:
    """Return the keys that secrets stand for: the whole text of each, as UTF-8.

    Raises:
        ConfigurationError: there is none, one is empty, or has white space around it.
    """
    texts: list[object] = [secrets] if isinstance(secrets, (str, bytes)) else []
    if not texts and isinstance(cast("object", secrets), Iterable):
        texts = list(secrets)
    if not texts:
        raise ConfigurationError(
            "there is no secret to verify with; pass the web hook's, as it was told when it was made",
            argument="secrets",
        )
    keys: list[bytes] = []
    for text in texts:
        if not isinstance(text, str):
            raise ConfigurationError(f"expected text, got {type(text).__name__}", argument="secrets")
        if not text:
            raise ConfigurationError("a secret is empty, and anybody could sign with it", argument="secrets")
        if text != text.strip():
            raise ConfigurationError(
                "a secret has white space around it; pass it stripped", argument="secrets"
            )
        key = text.encode("utf-8", "replace")
        # Half a character, as an environment variable has where it is not UTF-8. Python's own error would show the text.
        if key.decode("utf-8") != text:
            raise ConfigurationError("a secret is no text that UTF-8 can write", argument="secrets")
        keys.append(key)
    return tuple(keys)


def check_tolerance(tolerance: float) -> None:
    """Check a tolerance.

    Raises:
        ConfigurationError: it is negative, or no number.
    """
    if (
        isinstance(tolerance, bool)
        or not isinstance(tolerance, (int, float))  # pyright: ignore[reportUnnecessaryIsInstance]
        or not (tolerance >= 0 and math.isfinite(tolerance))
    ):
        raise ConfigurationError(
            f"{tolerance!r} is no number of seconds; 0 takes this very second alone", argument="tolerance"
        )


def _read_header(header: str | bytes | None) -> tuple[str, list[str]]:
    text = header.decode("latin-1") if isinstance(header, bytes) else header
    if text is None or not text.strip(" \t"):
        raise WebHookError("missing", f"the call has no {SIGNATURE_HEADER}")
    if len(text) > _LONGEST:
        raise _malformed(f"it is longer than {_LONGEST:,} characters")
    times: list[str] = []
    digests: list[str] = []
    for part in text.split(","):
        found = _PART.fullmatch(part.strip(" \t"))
        if found is None:
            raise _malformed("a part of it is not name=value")
        name, value = found.groups()
        # Other names are for schemes to come, and must not break today's.
        if name == "t":
            times.append(value)
        elif name == "s":
            digests.append(value)
    if len(times) != 1:
        raise _malformed(
            "it has no t" if not times else "t stands there twice, as when two headers were joined"
        )
    if not digests or len(digests) > _MOST:
        raise _malformed("it has no s" if not digests else f"it has more than {_MOST} signatures")
    # Checked before int(), which takes 1_0, other alphabets' digits and spaces.
    if not _SECONDS.fullmatch(times[0]):
        raise _malformed("t is not Unix seconds in plain digits")
    if not all(_DIGEST.fullmatch(digest) for digest in digests):
        raise _malformed("s is not 64 small hexadecimal digits")
    return times[0], digests


def _malformed(problem: str) -> WebHookError:
    return WebHookError("malformed", f"{SIGNATURE_HEADER} can't be a signature: {problem}")


def _mismatch(body: bytes) -> str:
    if not body:
        return (
            "the signature fits no secret over an empty body: a middleware read the body before, or it came in chunks "
            "that this server doesn't read"
        )
    return (
        "the signature fits no secret: it is the secret of another web hook or another environment, or the body was "
        "changed on its way (read and written anew, unpacked, decoded)"
    )


def _untimely(age: float, tolerance: float) -> WebHookError:
    if age > 0:
        return WebHookError(
            "too_old",
            f"a genuine call, signed {age:g} s ago, where {tolerance:g} are allowed: a late repeat, or a clock "
            "that is wrong",
            age=age,
        )
    return WebHookError(
        "too_new",
        f"a genuine call, signed {-age:g} s ahead of this machine's clock, where {tolerance:g} are allowed: a clock "
        "is wrong",
        age=age,
    )
