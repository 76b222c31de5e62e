"""What is wrong with a table, place by place."""

from __future__ import annotations

from attrs import define, field, frozen

from ..errors import ArgumentError, ConfigurationError

PROBLEMS_KEPT = 200


class CellError(ArgumentError):
    """A cell can't be read as what it should be; the text says why, and the way out."""


@frozen
class Problem:
    """Something that a person must decide or mend.

    Example:
        problems = Problems()
        for _ in Table(Path("march.csv"), read_mapping(Path("march.toml"))).look(problems, Judgement()):
            ...
        for problem in problems.first:
            print(problem.line, problem.column, problem.text)
    """

    text: str
    """What is wrong, and the way out."""
    line: int | None = None
    """In the file; of a spreadsheet the row."""
    column: str | None = None
    number: str | None = None
    """Of the invoice, where it is known."""

    def __str__(self) -> str:
        place = [
            f"line {self.line}" if self.line is not None else None,
            f"invoice {self.number}" if self.number else None,
            f"column {self.column!r}" if self.column is not None else None,
        ]
        where = ", ".join(part for part in place if part)
        return f"{where}: {self.text}" if where else self.text


@define
class Problems:
    """The problems of a table: all are counted, the first are kept.

    Example:
        problems = Problems()
        problems.add(Problem("the date is none", line=3, column="Fecha"))
        print(problems.count)
    """

    count: int = 0
    first: list[Problem] = field(factory=list[Problem])

    def add(self, problem: Problem) -> None:
        """Take one in.

        Example:
            problems = Problems()
            problems.add(Problem("the date is none", line=3, column="Fecha"))
        """
        self.count += 1
        if len(self.first) < PROBLEMS_KEPT:
            self.first.append(problem)


class TableError(ConfigurationError):
    """A table can't be uploaded as it is; nothing of it was sent.

    Attributes:
        name: the file's name.
        problems: the first of them.
        count: how many there are.
    """

    name: str
    problems: tuple[Problem, ...]
    count: int

    def __init__(self, name: str, problems: Problems) -> None:
        """Tell what is wrong with a table."""
        one = problems.count == 1
        lines = "".join(f"\n  {problem}" for problem in problems.first)
        more = problems.count - len(problems.first)
        super().__init__(
            f"{name}: {problems.count:,} {'place needs' if one else 'places need'} a decision; nothing was sent"
            f"{lines}{f'{chr(10)}  and {more:,} more' if more else ''}"
        )
        self.name = name
        self.problems = tuple(problems.first)
        self.count = problems.count
