"""What is said at the end of an upload about documents that are not settled."""

from __future__ import annotations

import pytest

from b2brouter_async.bulk import Outcome
from b2brouter_async.cli.upload.record import Record
from b2brouter_async.cli.upload.summary import exit_status, unsettled_lines


@pytest.mark.parametrize(
    ("unknown", "held", "elsewhere", "said"),
    [
        (0, 0, 0, []),
        (2, 0, 0, ["2 documents could not be settled in time. To go on, run the same command again"]),
        (1, 1, 0, ["1 document left to other processes"]),
        (3, 0, 3, ["3 documents of another command or process"]),
        (6, 1, 2, ["3 documents could not", "1 document left", "2 documents of another command"]),
    ],
)
def test_the_same_command_is_named_for_what_it_can_settle_and_nothing_else(
    unknown: int, held: int, elsewhere: int, said: list[str]
) -> None:
    lines = list(unsettled_lines(unknown, held=held, elsewhere=elsewhere))
    assert [line.startswith(begins) for line, begins in zip(lines, said, strict=True)] == [True] * len(said)


def test_the_status_asks_for_the_same_command_only_where_that_can_help() -> None:
    record = Record()
    for kind in ("created", "unknown"):
        record.note(Outcome(kind=kind, source="F-1.xml"))
    assert exit_status(record, finished=True) == 3
    assert exit_status(record, finished=True, elsewhere=1) == 1
    assert exit_status(record, finished=False, elsewhere=1) == 3
