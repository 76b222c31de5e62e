"""A mapping to start from: each column with its guess and why, and the questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from ..words import holds_money

if TYPE_CHECKING:
    from ..survey import Seen, Survey


@frozen
class Question:
    """Something that the table does not say.

    Example:
        for question in propose(Path("march.csv"), country="es").questions:
            print(question.text, question.proposal)
    """

    text: str
    setting: tuple[str, ...] = ()
    """The setting that an answer would go to; empty where it is to be decided by reading the mapping."""
    proposal: str | None = None


@define
class Guess:
    """What a column probably is."""

    column: Seen
    field: str
    """A field, or empty where it is not used."""
    why: str = ""


@define
class Proposal:
    """A mapping to start from.

    Example:
        proposal = propose(Path("march.csv"), country="es")
        print(proposal.proof, proposal.questions)
    """

    survey: Survey
    guesses: list[Guess]
    settings: dict[str, Any]
    """Everything but the columns, as a mapping file has it."""
    questions: list[Question] = field(factory=list[Question])
    proof: list[str] = field(factory=list[str])
    """How many rows add up, and the first invoice in words."""

    def mapping(self, *, answered: bool = False) -> dict[str, Any]:
        """Return the mapping as a file would have it.

        Example:
            settings = propose(Path("march.csv"), country="es").mapping(answered=True)

        Args:
            answered: leave the questions out.
        """
        columns: dict[str, Any] = {}
        for guess in self.guesses:
            column = guess.column
            if guess.field or (column.filled and (holds_money(column.name) or column.label.startswith("("))):
                columns[guess.column.label] = field_value(guess.field)
        given: dict[str, Any] = {**self.settings, "columns": columns}
        if self.questions and not answered:
            given["questions"] = [question.text for question in self.questions]
        return given

    def answer(self, question: Question, value: str) -> None:
        """Take in the answer to a question that is about one setting.

        Example:
            proposal = propose(Path("march.csv"))
            for question in proposal.questions:
                if question.setting and question.proposal:
                    proposal.answer(question, question.proposal)
        """
        where: dict[str, Any] = self.settings
        for step in question.setting[:-1]:
            where = where.setdefault(step, {})
        where[question.setting[-1]] = value
        self.questions.remove(question)


def field_value(name: str) -> str | dict[str, str]:
    """Return a field as a mapping file has it."""
    if "|" in name:
        invoice, credit = name.split("|")
        return {"invoice": invoice, "credit_note": credit, "correction": credit}
    return name
