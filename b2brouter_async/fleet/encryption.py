"""Keys that documents are encrypted with as long as they lie in a database."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, NoReturn

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

    from cryptography.fernet import Fernet, MultiFernet


def _fernet() -> ModuleType:
    try:
        from cryptography import fernet
    except ImportError:
        raise ConfigurationError(
            "cryptography is not installed: pip install 'b2brouter-async[crypto]'", argument="keys"
        ) from None
    return fernet


class DocumentKeys:
    """Encrypts documents with the first of some keys, and decrypts them with whichever fits.

    Example:
        new, old = DocumentKeys.generate(), DocumentKeys.generate()
        keys = DocumentKeys([new, old])

    To change the key, put the new one before the old one everywhere, encrypt what is there anew with
    `b2brouter journal … rotate`, and drop the old one then. A key is made with `DocumentKeys.generate()`.

    Args:
        keys: Fernet keys: 32 bytes in URL-safe base64. One text is one key, or several with commas or line ends between.

    Raises:
        ConfigurationError: there is none, one is no such key, or cryptography is not installed.
    """

    SCHEME: ClassVar = "fernet"
    """What the ledger notes with a document."""

    def __init__(self, keys: str | Iterable[str]) -> None:
        """Check the keys."""
        fernet = _fernet()
        texts = re.split(r"\s*,\s*|\s+", keys.strip()) if isinstance(keys, str) else list(keys)
        made: list[Fernet] = []
        for position, text in enumerate(texts, 1):
            try:
                made.append(fernet.Fernet(text.strip()))
            except (ValueError, TypeError, AttributeError):
                # Without the text: it may be a key all the same, cut short.
                raise ConfigurationError(
                    f"key {position} is no Fernet key, which is 32 bytes in URL-safe base64; make one with "
                    "DocumentKeys.generate()",
                    argument="keys",
                ) from None
        if not made:
            raise ConfigurationError(
                "there is none; leave keys out where nothing is encrypted", argument="keys"
            )
        self._fernet: MultiFernet = fernet.MultiFernet(made)
        self._newest = made[0]
        self._count = len(made)

    @staticmethod
    def generate() -> str:
        """Return a new key.

        Example:
            keys = DocumentKeys(DocumentKeys.generate())

        Raises:
            ConfigurationError: cryptography is not installed.
        """
        key: bytes = _fernet().Fernet.generate_key()
        return key.decode("ascii")

    def encrypt(self, data: bytes) -> bytes:
        """Encrypt with the first key.

        Example:
            keys = DocumentKeys(DocumentKeys.generate())
            token = keys.encrypt(b"<Invoice/>")
        """
        return self._fernet.encrypt(data)

    def decrypt(self, token: bytes) -> bytes:
        """Decrypt with whichever key fits.

        Example:
            keys = DocumentKeys(DocumentKeys.generate())
            assert keys.decrypt(keys.encrypt(b"<Invoice/>")) == b"<Invoice/>"

        Raises:
            ConfigurationError: none does, or the data was changed.
        """
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(token)
        except InvalidToken:
            raise ConfigurationError(
                "the document was encrypted with another key, or changed since; give the key that it was encrypted with",
                argument="keys",
            ) from None

    def is_newest(self, token: bytes) -> bool:
        """Tell whether something is encrypted with the first key.

        Example:
            keys = DocumentKeys(DocumentKeys.generate())
            assert keys.is_newest(keys.encrypt(b"<Invoice/>"))
        """
        from cryptography.fernet import InvalidToken

        try:
            self._newest.decrypt(token)
        except InvalidToken:
            return False
        return True

    def rotate(self, token: bytes) -> bytes:
        """Encrypt with the first key what is encrypted with any of them.

        Example:
            old, new = DocumentKeys.generate(), DocumentKeys.generate()
            token = DocumentKeys(old).encrypt(b"<Invoice/>")
            token = DocumentKeys([new, old]).rotate(token)

        Raises:
            ConfigurationError: none fits.
        """
        return self.encrypt(self.decrypt(token))

    def __repr__(self) -> str:
        return f"<DocumentKeys, {self._count} of them>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("keys are not pickled; make them anew where they are needed")
