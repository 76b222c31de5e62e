"""Which proxy the environment names for a server: HTTPS_PROXY, ALL_PROXY and NO_PROXY.

The HTTP library reads them, too, but stumbles over ranges and IPv6 in NO_PROXY, and repeats what it stumbles over: a
password may stand in it. Nothing here says a part of a value.
"""

from __future__ import annotations

import ipaddress
import os
from urllib.parse import urlsplit
from urllib.request import getproxies

from ..config import ProxyURL


def environment_proxy(base_url: str) -> tuple[str, ProxyURL] | None:
    """Return the proxy for a server, with the name of the variable that names it; None for a direct way.

    Args:
        base_url: the server, https.
    """
    settings = getproxies()
    scheme = "https" if settings.get("https") else "all"
    value = settings.get(scheme, "").strip()
    if not value or excludes(settings.get("no", ""), base_url):
        return None
    name = f"{scheme}_PROXY".upper()
    return name if os.environ.get(name) else name.lower(), ProxyURL(
        value if "://" in value else f"http://{value}"
    )


def excludes(no_proxy: str, base_url: str) -> bool:
    """Tell whether NO_PROXY names a server.

    `*` is every server; `example.com` and `.example.com` are a domain with what is below it; `10.0.0.0/8` and `fd00::/8`
    are ranges; each may have a port, an IPv6 address with one stands in brackets. What can't be read is passed over.

    Args:
        no_proxy: the variable's value, separated by commas or spaces.
        base_url: the server.
    """
    parts = urlsplit(base_url)
    host = (parts.hostname or "").rstrip(".").lower()
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return any(_names(entry, host, port, parts.scheme) for entry in no_proxy.replace(",", " ").split())


def _names(entry: str, host: str, port: int, scheme: str) -> bool:
    if entry == "*":
        return True
    given, separator, rest = entry.lower().partition("://")
    if separator and given not in (scheme, "all"):
        return False
    name, only = _host_and_port(rest if separator else given)
    if only is not None and only != str(port):
        return False
    addresses, network = _addresses(host), _network(name)
    if network is not None:
        return any(address in network for address in addresses)
    name = name.removeprefix("*").strip(".")
    return not addresses and bool(name) and (host == name or host.endswith(f".{name}"))


def _host_and_port(entry: str) -> tuple[str, str | None]:
    """Split an entry; an IPv6 address without brackets is all host."""
    if entry.startswith("["):
        host, _, rest = entry[1:].partition("]")
        if rest.startswith("/"):  # [fd00::]/8
            return host + rest, None
        return host, rest[1:] if rest.startswith(":") else None
    host, colon, port = entry.rpartition(":")
    return (host, port) if colon and ":" not in host and "/" not in port else (entry, None)


def _addresses(host: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """Return the address that a host is, in both families where it has a form in both; none for a name."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return []
    if isinstance(address, ipaddress.IPv4Address):
        return [address, ipaddress.IPv6Address(f"::ffff:{address}")]
    return [address] if address.ipv4_mapped is None else [address, address.ipv4_mapped]


def _network(name: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """Return the range that an entry is, a single address among them; None for a name."""
    bare, slash, length = name.partition("/")
    try:
        return ipaddress.ip_network(bare.partition("%")[0] + slash + length, strict=False)
    except ValueError:
        return None
