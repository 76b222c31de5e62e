"""How an account rounds (behaviour 26)."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - the same
from decimal import Decimal
from fractions import Fraction  # noqa: TC003 - attrs and typing.get_type_hints() resolve the annotations
from typing import Final, Literal, Protocol, get_args

from attrs import field, frozen

from .._keywords import tells_misspelt
from ..errors import ArgumentError

RoundingMethod = Literal["half_up", "half_down", "half_even", "up", "down", "truncate"]
METHODS: Final[tuple[RoundingMethod, ...]] = get_args(RoundingMethod)


class RoundingSettings(Protocol):
    """What says how an account rounds: `Account`, `AccountInput`."""

    @property
    def rounding_method(self) -> str | None:
        """For example `half_up`."""
        ...

    @property
    def round_before_sum(self) -> bool | None:
        """Whether each line is rounded before they are added up."""
        ...

    @property
    def apply_taxes_per_line(self) -> bool | None:
        """Whether taxes are worked out, and rounded, line by line."""
        ...


def _check_method(instance: Rounding, attribute: object, value: str) -> None:
    if value not in METHODS:
        raise ArgumentError(
            f"{value!r} is no way of rounding that is known; known: {', '.join(METHODS)}",
            argument="rounding_method",
        )


def _check_digits(instance: Rounding, attribute: object, value: int | None) -> None:
    if value is not None and (type(value) is not int or not 0 <= value <= 4):
        raise ArgumentError(
            f"{value!r} is no number of digits that a currency has; pass 0 to 4, or leave it out for the currency's own",
            argument="digits",
        )


_OTHER_DIGITS: Final[Mapping[str, int]] = {
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}
"""Currencies whose smallest unit is no hundredth (ISO 4217)."""


def digits_of(currency: object) -> int:
    """Return how many digits behind the point amounts of a currency have (ISO 4217).

    Args:
        currency: its code; what is none, or not known, has two.
    """
    return _OTHER_DIGITS.get(currency.upper(), 2) if isinstance(currency, str) else 2


@tells_misspelt
@frozen(kw_only=True)
class Rounding:
    """How an account rounds. Left out, as accounts do that nobody has set otherwise.

    Example:
        rounding = Rounding.of(await client.accounts.get(1234))
        cents = Rounding(round_before_sum=True)

    """

    rounding_method: RoundingMethod = field(default="half_up", validator=_check_method)
    """Sources have seen `half_up` alone; the other names are assumed."""
    round_before_sum: bool = False
    """Whether each line is rounded to cents before they are added up."""
    apply_taxes_per_line: bool = False
    """Whether taxes are rounded for each line; else once for all lines of a rate."""
    digits: int | None = field(default=None, validator=_check_digits)
    """Digits behind the point of what amounts are rounded to. None for those of the invoice's currency: two, none of yen, three
    of dinars. No public source tells whether the server knows other than two."""

    @classmethod
    def of(cls, settings: RoundingSettings) -> Rounding:
        """Return how an account rounds.

        Example:
            rounding = Rounding.of(await client.accounts.get(1234))

        Args:
            settings: the account, as `accounts.get` returns it. What it doesn't say is as in `Rounding()`.

        Raises:
            ArgumentError: it rounds in a way that is not known, so that no total could be trusted; or it is no account.
        """
        if not hasattr(settings, "rounding_method"):
            raise ArgumentError(
                f"expected a Rounding, or the account, got {type(settings).__name__}; for example Rounding(rounding_method="
                '"half_even"), or await client.accounts.get(1234)',
                argument="rounding",
            )
        method: str = settings.rounding_method or "half_up"
        return cls(
            rounding_method=method,  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
            round_before_sum=bool(settings.round_before_sum),
            apply_taxes_per_line=bool(settings.apply_taxes_per_line),
        )

    def cents(self, amount: Fraction) -> Decimal:
        """Return an amount in whole cents, or in what `digits` says.

        Example:
            from fractions import Fraction

            Rounding().cents(Fraction(1, 3))  # Decimal("0.33")
        """
        return self.rounded(amount, 2 if self.digits is None else self.digits)

    def rounded(self, amount: Fraction, digits: int) -> Decimal:
        """Return an amount with so many digits behind the point.

        Example:
            from fractions import Fraction

            Rounding().rounded(Fraction(1, 3), 3)  # Decimal("0.333")

        Args:
            amount: exactly.
            digits: how many.
        """
        scaled = amount * 10**digits
        whole, rest = divmod(abs(scaled.numerator), scaled.denominator)
        if self._goes_up(whole, 2 * rest, scaled.denominator):
            whole += 1
        # From its digits, since arithmetic of decimals would cut those beyond its precision.
        return Decimal((int(scaled < 0 and whole > 0), tuple(map(int, str(whole))), -digits))

    def _goes_up(self, whole: int, twice_the_rest: int, one: int) -> bool:
        match self.rounding_method:
            case "half_up":
                return twice_the_rest >= one
            case "half_down":
                return twice_the_rest > one
            case "half_even":
                return twice_the_rest > one or (twice_the_rest == one and whole % 2 == 1)
            case "up":
                return twice_the_rest > 0
            case _:
                return False
