"""`RetryPolicy`: how patiently calls are repeated. Loaded with the first that is, or where somebody sets it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import field, frozen, validators

from .._core.backoff import Backoff
from .._keywords import tells_misspelt

if TYPE_CHECKING:
    from attrs import Attribute


def _number(_: object, attribute: Attribute[Any], value: object) -> None:
    whole = attribute.name == "max_attempts"
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        wanted = "a whole number" if whole else "seconds"
        raise TypeError(f"RetryPolicy: {attribute.name}: expected {wanted}, got {type(value).__name__}")


@tells_misspelt
@frozen
class RetryPolicy:
    """How often and how patiently a call is repeated where repeating it is safe.

    Example:
        async with B2Brouter(api_key="test_…", retry=RetryPolicy(max_attempts=6, cap=10.0)) as client:
            accounts = await client.accounts.list()
    """

    max_attempts: int = field(default=4, validator=[_number, validators.ge(1)])
    """How often a call is sent at most, without those that were refused (429); 1 never repeats."""
    base: float = field(default=0.5, validator=[_number, validators.gt(0)])
    """Seconds: the first wait is drawn from 0 to here, each further one from twice as far."""
    cap: float = field(default=30.0, validator=[_number, validators.gt(0)])
    """Seconds: no drawn wait is longer."""
    retry_after_cap: float = field(default=120.0, validator=[_number, validators.ge(0)])
    """Seconds: a server that asks to wait longer gets its error raised at once. Two periods of the limit, since its clock
    may go before ours where it names a date."""

    refused_for: float = field(default=120.0, validator=[_number, validators.ge(0)])
    """Seconds: two periods of the limit. A refusal (429) is no failure: a call that meets nothing else goes on for so
    long after the first, or up to its deadline."""

    @property
    def backoff(self) -> Backoff:
        """The waits, as long as they can be."""
        return Backoff(first=self.base, longest=self.cap)
