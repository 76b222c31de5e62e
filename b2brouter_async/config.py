"""Where requests go, and with which key: environments, their keys, server and API version."""

from __future__ import annotations

import ipaddress
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

from attrs import frozen

from ._core.spelling import did_you_mean
from .errors import ConfigurationError
from .generated.platform import ENVIRONMENTS, TEST_KEY_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["VARIABLES", "Environment", "ProxyURL", "Secret"]

_SANDBOX = "sandbox"
"""The environment that a test key belongs to (behaviour 1)."""
_ELSEWHERE = {"live": "production", "test": _SANDBOX, "testing": _SANDBOX}
"""What others call their environments."""


@frozen
class Environment:
    """One of B2Brouter's worlds (behaviours 1 and 2), as overrides/platform.yaml lists them.

    Example:
        choose_environment(Secret("test_key"), None).base_url
    """

    name: str
    base_url: str
    requests_per_minute: int


class Secret:
    """A text that shows itself to nobody who doesn't ask for it by name.

    Example:
        key = Secret("test_key")
        print(key, key.is_test)  # shows no key

    It is not in its own repr, and it can't be pickled.
    """

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        """Hide a key.

        Raises:
            ConfigurationError: the key is empty, or holds what can't stand in a header (a line break, a space).
        """
        problem = _problem_of(value)
        if problem:
            # Nothing of the key may stay behind in the frame that the traceback keeps.
            value = ""
            raise ConfigurationError(problem)
        self.__value = value

    def reveal(self) -> str:
        """Return the text itself.

        Example:
            Secret("test_key").reveal()  # "test_key"
        """
        return self.__value

    def scrub(self, content: bytes) -> bytes:
        """Return content with every occurrence of the key replaced: a server may quote it in its errors.

        Example:
            Secret("test_key").scrub(b"no such key: test_key")
        """
        return content.replace(self.__value.encode("ascii"), b"[key]")

    def scrub_text(self, text: str) -> str:
        """Return text with every occurrence of the key replaced.

        Example:
            Secret("test_key").scrub_text("no such key: test_key")
        """
        return text.replace(self.__value, "[key]")

    @property
    def is_test(self) -> bool:
        """Whether this is a key of the sandbox: nothing but its prefix can be trusted (behaviour 1)."""
        return self.__value.startswith(TEST_KEY_PREFIX)

    def __repr__(self) -> str:
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        from hmac import compare_digest  # keys are hardly ever compared

        return isinstance(other, Secret) and compare_digest(self.__value, other.__value)

    def __hash__(self) -> int:
        return hash((Secret, self.__value))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("an API key is not pickled; make the client anew where it is needed")


def _problem_of(value: object) -> str | None:
    if not isinstance(value, str):
        return "api_key: expected a text; read it from where your secrets are kept, for example B2BROUTER_API_KEY"
    if not value:
        return "api_key: the key is empty; pass one, or set B2BROUTER_API_KEY"
    if not all("!" <= char <= "~" for char in value):
        return (
            "api_key: the key holds a space, a line break or another character no key has; pass it stripped"
        )
    return None


def choose_environment(key: Secret, name: str | None) -> Environment:
    """Return the environment that a key belongs to.

    Example:
        choose_environment(Secret("test_key"), "sandbox").requests_per_minute

    A key that starts with `test_` is a key of the sandbox. Any other key must say where it belongs: nothing is sent
    to a tax authority by accident.

    Args:
        key: the API key.
        name: of the environment; None only with a `test_` key.

    Raises:
        ConfigurationError: the name is unknown, is missing, or contradicts the key.
    """
    if key.reveal().lower().startswith(("http://", "https://")):
        raise ConfigurationError("this is an address, which goes to base_url=", argument="api_key")
    others = " or ".join(repr(one) for one in ENVIRONMENTS if one != _SANDBOX)
    if name is None:
        if not key.is_test:
            raise _refused(
                f"say {others}; only a key that starts with {TEST_KEY_PREFIX} says by itself where it belongs "
                f"(the {_SANDBOX})"
            )
        name = _SANDBOX
    if name not in ENVIRONMENTS:
        known = ", ".join(ENVIRONMENTS)
        text = str(name)
        if text.startswith(TEST_KEY_PREFIX):
            name = text = ""  # nothing of a key may stay behind in the frame
            raise _refused(f"this looks like a key, which comes first; what goes here is one of {known}")
        if "://" in text:
            raise _refused(f"this is an address, which goes to base_url=; what goes here is one of {known}")
        # What is no word may be a key that was given in the wrong place.
        shown = repr(name) if str(name).isalpha() and len(name) <= 20 else "this"
        raise _refused(
            f"{shown} is none of {known}{did_you_mean(_ELSEWHERE.get(str(name).lower(), str(name)), ENVIRONMENTS)}"
        )
    if key.is_test and name != _SANDBOX:
        raise _refused(
            f"a key that starts with {TEST_KEY_PREFIX} works in the {_SANDBOX} alone, not in {name}; "
            "leave the environment out, or pass the other key"
        )
    if not key.is_test and name == _SANDBOX:
        raise _refused(
            f"the {_SANDBOX} takes only keys that start with {TEST_KEY_PREFIX}; say {others}, or pass a test key"
        )
    base_url, requests_per_minute = ENVIRONMENTS[name]
    return Environment(name, base_url, requests_per_minute)


def _refused(problem: str) -> ConfigurationError:
    return ConfigurationError(problem, argument="environment")


def check_base_url(base_url: str) -> str:
    """Return a base URL without its trailing slash.

    Example:
        check_base_url("https://api.b2brouter.net/")  # without the slash

    Raises:
        ConfigurationError: it is not https (plain http goes to loopback alone: the key would travel in clear),
            or it carries a user, a query or a fragment.
    """
    if not isinstance(base_url, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ConfigurationError(
            f"expected text, got {type(base_url).__name__}; write it as https://host[:port]",
            argument="base_url",
        )
    try:
        parts = urlsplit(base_url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise ConfigurationError(
            "this is not a URL; write it as https://host[:port]", argument="base_url"
        ) from None
    if parts.scheme not in ("https", "http") or not host:
        raise ConfigurationError("write it as https://host[:port]", argument="base_url")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ConfigurationError("no user, query or fragment can stand in it", argument="base_url")
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigurationError(
            f"plain http goes to this machine alone, not to {host}; use https", argument="base_url"
        )
    return parts.geturl().rstrip("/")  # the scheme in lower case


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address means this machine.

    Example:
        is_loopback("127.0.0.1")  # True
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_version(version: str) -> str:
    """Return an API version as it is sent.

    Example:
        check_version("2026-06-26")

    Raises:
        ConfigurationError: it is not a date as YYYY-MM-DD. Whether the server knows it, the server says.
    """
    if not isinstance(version, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ConfigurationError(
            f"expected text as YYYY-MM-DD, got {type(version).__name__}", argument="api_version"
        )
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", version):
        raise ConfigurationError(f"{version!r} is no version; write it as YYYY-MM-DD", argument="api_version")
    return version


class ProxyURL:
    """A proxy's URL: a password may stand in it, so it is shown to nobody who doesn't ask for it by name.

    Example:
        proxy = ProxyURL("http://user:password@proxy.example:3128")
        print(proxy)  # shows no password
    """

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """Return the URL itself.

        Example:
            ProxyURL("http://proxy.example:3128").reveal()
        """
        return self.__value

    def __repr__(self) -> str:
        return "ProxyURL(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a proxy's URL may hold a password and is not pickled")


VARIABLES: Mapping[str, str] = {
    "api_key": "B2BROUTER_API_KEY",
    "key_file": "B2BROUTER_KEY_FILE",
    "environment": "B2BROUTER_ENVIRONMENT",
    "account": "B2BROUTER_ACCOUNT",
    "api_version": "B2BROUTER_API_VERSION",
    "base_url": "B2BROUTER_BASE_URL",
    "requests_per_minute": "B2BROUTER_REQUESTS_PER_MINUTE",
}
"""The environment variable of each setting. `B2Brouter.from_env()` and the command read the same ones."""

COMMAND_VARIABLES = (
    "B2BROUTER_JOURNAL", "B2BROUTER_CONCURRENCY", "B2BROUTER_DATABASE", "B2BROUTER_REDIS", "B2BROUTER_SHARE_LIMIT",
    "B2BROUTER_DOCUMENT_KEYS", "B2BROUTER_WEBHOOK_SECRET",
)  # fmt: skip
"""Those that the command alone reads."""

_ADDRESS = frozenset({"URL", "URI", "DSN", "ADDRESS"})
"""What many call the value, behind a name of ours: `B2BROUTER_DATABASE_URL` is nobody's own."""
_ALIKE = 0.88
"""From here on a name is another one misspelt: `B2BROUTER_KEY` is so near to the key's, not to that of its file."""


def from_variables(setting: str) -> str | None:
    """Return what the environment variable of a setting says, stripped; None where it is not set or empty.

    Example:
        from_variables("account")  # what B2BROUTER_ACCOUNT holds
    """
    return os.environ.get(VARIABLES[setting], "").strip() or None


def number_from_variables(setting: str) -> int | None:
    """Return the whole number above 0 that the environment variable of a setting holds; None where it is not set.

    Example:
        number_from_variables("requests_per_minute")

    Raises:
        ConfigurationError: it holds something else.
    """
    text = from_variables(setting)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and int(text) > 0):
        raise ConfigurationError(f"{text[:20]!r} is no whole number above 0", argument=VARIABLES[setting])
    return int(text)


def refuse_misspelt_variables(settings: Iterable[str]) -> None:
    """Refuse a variable that is nearly one of these settings' own where that is not set: it would be passed over.

    A name that goes on behind a known one (`B2BROUTER_ACCOUNT_2`) is somebody's own, unless it only says what the value is
    (`B2BROUTER_DATABASE_URL`).

    Example:
        refuse_misspelt_variables(["base_url"])  # raises where B2BROUTER_BASE_ULR is set

    Args:
        settings: those that nothing else says.

    Raises:
        ConfigurationError: there is one; with the name that was probably meant.
    """
    refuse_misspelt(VARIABLES[one] for one in settings)


def refuse_misspelt(variables: Iterable[str]) -> None:
    """Refuse a variable that is nearly one of these where that is not set.

    Example:
        refuse_misspelt(["B2BROUTER_JOURNAL"])  # raises where B2BROUTER_JORNAL is set

    Args:
        variables: those that nothing else stands for.

    Raises:
        ConfigurationError: there is one; with the name that was probably meant.
    """
    known = {*VARIABLES.values(), *COMMAND_VARIABLES}
    strange = {
        name: re.sub(r"[^A-Z0-9]", "", name.upper())
        for name in sorted(os.environ)
        if name.upper().startswith("B2B") and name not in known
    }
    if not strange:
        return
    from difflib import SequenceMatcher  # only somebody who has such variables pays for it

    unset = [one for one in variables if not os.environ.get(one, "").strip()]
    for name, bare in strange.items():
        alike = {one: SequenceMatcher(None, bare, one.replace("_", "")).ratio() for one in known}
        # One of another setting is not told as this one's: B2BROUTER_DATABASE_URL is near to B2BROUTER_BASE_URL, too.
        variable = max(sorted(known), key=alike.__getitem__)
        meant = variable.replace("_", "")
        goes_on = bare != meant and bare.startswith(meant) and bare[len(meant) :] not in _ADDRESS
        if variable in unset and not goes_on and alike[variable] >= _ALIKE:
            raise ConfigurationError(f"{name} is set, and nothing reads it; did you mean {variable}?")


def key_from_variables() -> Secret | None:
    """Return the key that the environment variables name: the file's before the one written out; None without both.

    Example:
        key = key_from_variables()

    Raises:
        ConfigurationError: the file can't be read, or what is there is no key.
    """
    if (path := from_variables("key_file")) is not None:
        return read_key_file(Path(path), named_by=VARIABLES["key_file"])
    if from_variables("api_key") is None:
        return None
    # Not through a variable of this frame, which a traceback would keep.
    return Secret(os.environ[VARIABLES["api_key"]].strip())


def read_key_file(path: Path, *, named_by: str) -> Secret:
    """Return the key that a file holds and nothing else.

    Example:
        Path("key.txt").write_text("test_key")
        key = read_key_file(Path("key.txt"), named_by="--key-file")

    Args:
        path: of the file.
        named_by: the option or variable that named it, for the error.

    Raises:
        ConfigurationError: the file can't be read, or what it holds is no key.
    """
    try:
        return Secret(path.read_text(encoding="utf-8").strip())
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror or error}", argument=named_by) from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path} holds no text", argument=named_by) from None


def __dir__() -> list[str]:
    return list(__all__)
