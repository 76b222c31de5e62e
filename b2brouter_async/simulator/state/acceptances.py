"""How often each document was accepted: the judge of exactly-once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .store import Store


_ENCODER = json.JSONEncoder(separators=(",", ":"))


@attrs.frozen
class Accepted:
    """One document and how often it was accepted.

    Example:
        for accepted in simulator.ledger():
            print(accepted.number, accepted.times)

    `sha256` is the digest of the bytes that were accepted: the file of an import, the body of a create.
    """

    account: str
    type: str
    series: str
    year: str
    number: str
    sha256: str
    times: int


class Acceptances:
    """All documents the simulator ever accepted, deleted ones too. Iterates over `Accepted`.

    Example:
        ledger = simulator.ledger()
        print(len(list(ledger)), ledger.more_than_once())
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, account: str, kind: str, series: str, year: str, number: str, sha256: str) -> None:
        """Note that a document was accepted.

        Example:
            simulator.ledger().add("1234", "IssuedInvoice", "", "2026", "F-1", "a" * 64)
        """
        self._store.tally(_ENCODER.encode([account, kind, series, year, number, sha256]))

    def __iter__(self) -> Iterator[Accepted]:
        for key, times in self._store.tallies.items():
            account, kind, series, year, number, sha256 = json.loads(key)
            yield Accepted(account, kind, series, year, number, sha256, times)

    def __len__(self) -> int:
        return len(self._store.tallies)

    def by_sha256(self) -> dict[str, int]:
        """Return how often each file or body was accepted, by its digest.

        Example:
            print(simulator.ledger().by_sha256())
        """
        counts: dict[str, int] = {}
        for entry in self:
            counts[entry.sha256] = counts.get(entry.sha256, 0) + entry.times
        return counts

    def by_number(self) -> dict[tuple[str, str, str, str], int]:
        """Return how often each (account, series, year, number) was accepted.

        Example:
            print(simulator.ledger().by_number())
        """
        counts: dict[tuple[str, str, str, str], int] = {}
        for entry in self:
            key = (entry.account, entry.series, entry.year, entry.number)
            counts[key] = counts.get(key, 0) + entry.times
        return counts

    def more_than_once(self) -> list[Accepted]:
        """Return the documents accepted more than once, by number or by digest: empty when all went well.

        Example:
            assert simulator.ledger().more_than_once() == []
        """
        numbers, digests = self.by_number(), self.by_sha256()
        return [
            entry
            for entry in self
            if numbers[entry.account, entry.series, entry.year, entry.number] > 1 or digests[entry.sha256] > 1
        ]
