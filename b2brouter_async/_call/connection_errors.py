"""What is said of a connection that did not work: which host, what happened, and where to look."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from ..errors import APIConnectionError, APITimeoutError
from .decoding import BrokenEncoding
from .http_library import CONNECT_TIMEOUT

if TYPE_CHECKING:
    from ..config import Secret
    from .attempt import Progress
    from .http_library import HTTPLibrary

_TEXTS = {
    "ConnectError": "no connection to {host}",
    "ConnectTimeout": f"no connection to {{host}} within {CONNECT_TIMEOUT:g} s",
    "PoolTimeout": "no free connection to {host} in time",
    "ReadTimeout": "no answer from {host} in time",
    "TimeoutError": "{host} did not answer whole in time",
    "WriteTimeout": "the request to {host} could not be written in time",
    "ReadError": "the connection to {host} broke while reading",
    "WriteError": "the connection to {host} broke while writing",
    "RemoteProtocolError": "{host} broke off",
    "LocalProtocolError": "the request to {host} could not be sent whole",
    "ProxyError": "the proxy on the way to {host} refused",
    "DecodingError": "the compression of what {host} sent is broken",
    "BrokenEncoding": "the compression of what {host} sent can't be read",
    "UnicodeError": "no connection to {host}: DNS has no such names",
    "UnicodeEncodeError": "no connection to {host}: DNS has no such names",
}
"""By the name of what was raised."""

NOT_REACHED = (
    "Nothing answers there, or the network is in the way: look at the address and the firewall; behind a company's "
    "proxy, HTTPS_PROXY names it"
)
TLS_REFUSED = (
    "The server's certificate is not trusted here: where a company inspects TLS, SSL_CERT_FILE names its certificates, or "
    "ssl_context= brings them"
)
PROXY_REFUSED = "Look at HTTPS_PROXY or proxy=, and at the name and password in it"


def connection_error(
    error: Exception, progress: Progress, *, library: HTTPLibrary, host: str, key: Secret, proxied: bool
) -> APIConnectionError:
    """Return what a connection that broke is to the caller, and note in the progress whether the request has left.

    Args:
        error: what was raised.
        progress: how far the request came.
        library: the one that raised it.
        host: where it went.
        key: is taken out of the text.
        proxied: whether a proxy stands between; what is raised may then quote its name or password, and isn't repeated.
    """
    # Both must say that nothing left: what kind of error it is, and what the connection reported.
    unsent = isinstance(error, library.before_sending) or (type(error) is TimeoutError and not progress.left)
    sent = progress.begun or progress.status is not None or not unsent
    progress.left = sent
    name = type(error).__name__
    text = _TEXTS.get(name, f"{name} on the way to {{host}}").format(host=host)
    if progress.status is not None:
        text = f"the reply ({progress.status}) broke off: {text}"
    tls = _tls_error(error)
    hint = None
    if sent or name == "PoolTimeout":
        pass  # it was reached
    elif isinstance(tls, ssl.SSLCertVerificationError):
        hint = TLS_REFUSED
    else:
        hint = PROXY_REFUSED if name == "ProxyError" else NOT_REACHED
    # Also where the proxy is that of a client that was handed in.
    detail = _status_of_proxy(error) if name == "ProxyError" else str(tls or error)
    if proxied and tls is None and name != "ProxyError" and not isinstance(error, BrokenEncoding):
        detail = ""
    if detail and "UnicodeE" not in name:
        text = f"{text}: {key.scrub_text(' '.join(detail.split()))}"
    kind = APITimeoutError if isinstance(error, library.timeouts) else APIConnectionError
    return kind(text, sent=sent, status=progress.status, request_id=progress.request_id, host=host, hint=hint)


def _tls_error(error: BaseException) -> ssl.SSLError | None:
    """Return the error of TLS that stands behind another one."""
    seen: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in seen:
        if isinstance(at, ssl.SSLError):
            return at
        seen.append(at)
        at = at.__cause__ or at.__context__
    return None


def _status_of_proxy(error: Exception) -> str:
    """Return the status that a proxy refused with; its own words may quote what it was sent."""
    first = str(error).split(" ", 1)[0]
    return first if first.isdecimal() and len(first) == 3 else ""
