"""What docs/calls.md says of retries, doubt and errors is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import b2brouter_async
from b2brouter_async import Reconciliation, RetryPolicy, errors
from b2brouter_async._call.retry import Fate, fate_of_status, leaves_doubt, may_repeat
from b2brouter_async._core.operation import Repeat

PAGE = Path(__file__).parent.parent / "docs" / "calls.md"
DOCUMENTED = {
    "429": [429],
    "408, 500, 502, 503, 504": [408, 500, 502, 503, 504],
    "other 5xx, reply too large": [501, 505, 507, 599],
    "301, 302, 303": [301, 302, 303],
    "307, 308": [307, 308],
    "other 4xx": [
        400,
        401,
        403,
        404,
        405,
        406,
        409,
        410,
        413,
        415,
        421,
        422,
        423,
        424,
        425,
        426,
        428,
        431,
        451,
    ],
}


def word(repeat: Repeat, fate: Fate) -> str:
    if may_repeat(repeat, fate):
        return "again"
    return "in doubt" if leaves_doubt(repeat, fate) else "error"


def test_the_documented_table_of_what_is_repeated_is_true() -> None:
    page = PAGE.read_text(encoding="utf-8")
    table = page.split("## What is repeated")[1].split("\n\n")[2].splitlines()[2:]
    rows = {
        first: rest for first, *rest in ([c.strip() for c in row.strip("| ").split(" | ")] for row in table)
    }
    fates = {first: {fate_of_status(status) for status in known} for first, known in DOCUMENTED.items()}
    for what, fate in (("no connection", Fate.NOT_DONE), ("broken connection", Fate.UNKNOWN)):
        fates[next(first for first in rows if first.startswith(what))] = {fate}
    assert rows.keys() == fates.keys()
    for first, cells in rows.items():
        for fate in fates[first]:
            expected = [word(repeat, fate) for repeat in (Repeat.SAFE, Repeat.IDEMPOTENT, Repeat.WRITE)]
            # Reads follow redirects before their fate is asked for.
            assert [cell.replace("followed, on the same server", "error") for cell in cells] == expected, (
                first
            )


def test_the_documented_defaults_are_those_of_the_code() -> None:
    page = PAGE.read_text(encoding="utf-8")
    policy, looks = RetryPolicy(), Reconciliation().looks
    assert f"drawn from 0 to {policy.base:g} s, then 1, 2, 4 … up to\n{policy.cap:g} s" in page
    assert f"up to {policy.retry_after_cap:g} s; beyond" in page
    assert f"never repeats | {policy.max_attempts} |" in page
    assert [sum(looks[: index + 1]) for index in range(len(looks))] == [0, 1, 4, 10]
    assert "0, 1, 4 and 10 seconds later" in page


def test_every_error_is_documented() -> None:
    page = PAGE.read_text(encoding="utf-8")
    bases = {"B2BrouterError", "CallError", "APIStatusError", "ShapeError"}
    names = {name for name, kind in vars(errors).items() if isinstance(kind, type)} & set(
        dir(b2brouter_async)
    )
    assert {name for name in names - bases if f"`{name}`" not in page} == set()


def retry_table() -> dict[str, list[tuple[str, str]]]:
    page = PAGE.read_text(encoding="utf-8")
    table = page.split("### Does trying again help?")[1].split("\n\n")[2].splitlines()[2:]
    rows = [[cell.strip() for cell in row.strip("| ").split(" | ")] for row in table]
    return {
        kind.strip('`"'): re.findall(r"`(\w+)`((?: but for)?(?: \d+ and \d+)?)", named)
        for kind, _, named in rows
    }


def retry_of(name: str, status: int | None = None) -> str:
    kind = getattr(b2brouter_async, name)
    if not issubclass(kind, errors.APIStatusError):
        return str(kind.retry)
    if status is None:
        status = next((n for n in range(300, 500) if errors.status_error_class(n).__name__ == name), 422)
    return str(kind(status=status).retry)


def test_the_documented_table_of_what_helps_is_true_and_names_every_error() -> None:
    named: set[str] = set()
    for kind, cells in retry_table().items():
        for name, exception in cells:
            named.add(name)
            if name != "ServerError":
                assert retry_of(name) == kind, name
                continue
            listed = {int(number) for number in re.findall(r"\d+", exception)}
            others = set(range(500, 600)) - listed
            for status in others if "but for" in exception else listed:
                assert retry_of(name, status) == kind, status
    public = {name for name in dir(b2brouter_async) if isinstance(getattr(b2brouter_async, name), type)}
    every = {name for name in public if issubclass(getattr(b2brouter_async, name), errors.B2BrouterError)}
    assert every - named == {"B2BrouterError", "CallError", "APIStatusError"}
