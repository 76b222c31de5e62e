"""What somebody probably meant who wrote a name that doesn't exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str], *, otherwise: str = "") -> str:
    """Return the end of an error's sentence: `; did you mean 'price'?`, or nothing where no known word is near.

    Args:
        word: what was written.
        known: the words that exist.
        otherwise: what to return where none of them is near.
    """
    near = nearest(word, known)
    return otherwise if near is None else f"; did you mean {near!r}?"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is written most like this one, whatever its case; None where none is near."""
    from difflib import get_close_matches  # only somebody who mistyped pays for it

    by_lower = {_bare(one): one for one in known}
    bare = _bare(word)
    # A beginning of whole words is the surest sign: `invoice_lines` for `invoice_lines_attributes`.
    found = sorted((one for one in by_lower if one.startswith(f"{bare}_")), key=len)[:1]
    found = found or get_close_matches(bare, by_lower, n=1, cutoff=0.6)
    if not found and len(bare) > 2:
        # One is the beginning of the other, or a part of it: `prod`, `pdf`, `lines` for `invoice_lines_attributes`.
        begun = [one for one in by_lower if one.startswith(bare) or (one and bare.startswith(one))]
        found = sorted(begun or [one for one in by_lower if bare in one.split("_")], key=len)[:1]
    return by_lower[found[0]] if found else None


def _bare(word: str) -> str:
    return word.lower().replace("-", "_").strip()
