"""How an account rounds (behaviour 26)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction  # noqa: TC003 - attrs and typing.get_type_hints() resolve the annotations
from typing import Final, Literal, Protocol, get_args

from attrs import field, frozen

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


@frozen(kw_only=True)
class Rounding:
    """How an account rounds. Left out, as accounts do that nobody has set otherwise.

    Example:
        rounding = Rounding.of(await client.accounts.get(1234))
        cents = Rounding(round_before_sum=True)

    Rounding.of(await client.accounts.get(1234))
    Rounding(round_before_sum=True)
    """

    rounding_method: RoundingMethod = field(default="half_up", validator=_check_method)
    """Sources have seen `half_up` alone; the other names are assumed."""
    round_before_sum: bool = False
    """Whether each line is rounded to cents before they are added up."""
    apply_taxes_per_line: bool = False
    """Whether taxes are rounded for each line; else once for all lines of a rate."""

    @classmethod
    def of(cls, settings: RoundingSettings) -> Rounding:
        """Return how an account rounds.

        Example:
            rounding = Rounding.of(await client.accounts.get(1234))

        Args:
            settings: the account, as `accounts.get` returns it. What it doesn't say is as in `Rounding()`.

        Raises:
            ArgumentError: it rounds in a way that is not known; no total could be trusted.
        """
        method: str = settings.rounding_method or "half_up"
        return cls(
            rounding_method=method,  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
            round_before_sum=bool(settings.round_before_sum),
            apply_taxes_per_line=bool(settings.apply_taxes_per_line),
        )

    def cents(self, amount: Fraction) -> Decimal:
        """Return an amount in whole cents.

        Example:
            from fractions import Fraction

            Rounding().cents(Fraction(1, 3))  # Decimal("0.33")
        """
        scaled = amount * 100
        whole, rest = divmod(abs(scaled.numerator), scaled.denominator)
        if self._goes_up(whole, 2 * rest, scaled.denominator):
            whole += 1
        # From its digits, since arithmetic of decimals would cut those beyond its precision.
        return Decimal((int(scaled < 0 and whole > 0), tuple(map(int, str(whole))), -2))

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
