"""The API key, kept out of sight."""

from __future__ import annotations

import hmac
from typing import NoReturn

from .errors import ConfigurationError
from .generated.platform import TEST_KEY_PREFIX


class Secret:
    """A text that shows itself to nobody who doesn't ask for it by name.

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
        """Return the text itself."""
        return self.__value

    def scrub(self, content: bytes) -> bytes:
        """Return content with every occurrence of the key replaced: a server may quote it in its errors."""
        return content.replace(self.__value.encode("ascii"), b"[key]")

    def scrub_text(self, text: str) -> str:
        """Return text with every occurrence of the key replaced."""
        return text.replace(self.__value, "[key]")

    @property
    def is_test(self) -> bool:
        """Whether this is a key of the sandbox: nothing but its prefix can be trusted (behaviour 1)."""
        return self.__value.startswith(TEST_KEY_PREFIX)

    def __repr__(self) -> str:
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self.__value, other.__value)

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
