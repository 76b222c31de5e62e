"""Files are saved under names of their own, whole or not at all, and a run goes on where another one ended."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import sys
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from b2brouter_async import (
    APIConnectionError,
    ArgumentError,
    AuthenticationError,
    ConfigurationError,
    NotFoundError,
)
from b2brouter_async._files import folder as folders
from b2brouter_async._files.folder import RECORD, Folder
from b2brouter_async.pytest_plugin import make_client
from b2brouter_async.simulator import Simulator
from examples.sample_invoices import ubl_invoice

if TYPE_CHECKING:
    from pathlib import Path

    from b2brouter_async import B2Brouter

pytestmark = [pytest.mark.anyio, pytest.mark.b2brouter(limit=None)]

FILE = "GET /invoices/{}/as/{}"


async def make(client: B2Brouter, number: str, date: str = "2026-10-14") -> int:
    invoice = await client.invoices.create(
        invoice={
            "number": number,
            "date": date,
            "contact": {"name": "Ana", "tin_value": "ESB00000018", "country": "es"},
            "invoice_lines_attributes": [{"quantity": 1, "price": 100, "description": number}],
        }
    )
    return invoice.id


@pytest.fixture
async def three(b2brouter_client: B2Brouter, b2brouter_simulator: Simulator) -> list[int]:
    """Three invoices of October, and one of November."""
    ids = [await make(b2brouter_client, f"F-{number}") for number in range(3)]
    await make(b2brouter_client, "F-9", "2026-11-01")
    b2brouter_simulator.advance(60)
    return ids


def files(folder: Path) -> list[str]:
    """Return what a user sees in a folder."""
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    )


def fetched(simulator: Simulator) -> int:
    return sum("/as/" in request.path for request in simulator.log())


# One


async def test_one_file_gets_the_ending_of_what_it_is(
    b2brouter_client: B2Brouter, three: list[int], tmp_path: Path
) -> None:
    path = await b2brouter_client.invoices.save(three[0], tmp_path / "new")
    assert path == tmp_path / "new" / "invoice-F-0.pdf"
    assert path.read_bytes().startswith(b"%PDF")
    xml = await b2brouter_client.invoices.save(three[0], tmp_path, "xml.ubl.invoice", pattern="{number}.pdf")
    assert xml.name == "F-0.xml"


async def test_one_file_takes_nobodys_place_and_is_there_once(
    b2brouter_client: B2Brouter, three: list[int], tmp_path: Path
) -> None:
    (tmp_path / "invoice-F-0.pdf").write_text("mine")
    save = b2brouter_client.invoices.save
    assert (await save(three[0], tmp_path)).name == f"invoice-F-0-{three[0]}.pdf"
    assert (await save(three[0], tmp_path)).name == f"invoice-F-0-{three[0]}.pdf"
    assert (tmp_path / "invoice-F-0.pdf").read_text() == "mine"
    assert files(tmp_path) == [f"invoice-F-0-{three[0]}.pdf", "invoice-F-0.pdf"]
    assert sorted(os.listdir(tmp_path)) == files(tmp_path)


async def test_an_invoice_at_hand_is_not_read_again(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator, three: list[int], tmp_path: Path
) -> None:
    invoice = await b2brouter_client.invoices.get(three[0])
    before = b2brouter_simulator.requests()
    await b2brouter_client.invoices.save(invoice, tmp_path)
    assert b2brouter_simulator.requests() == before + 1


async def test_a_file_that_is_not_there_yet_leaves_nothing(
    b2brouter_client: B2Brouter, tmp_path: Path
) -> None:
    with pytest.raises(NotFoundError):
        await b2brouter_client.invoices.save(await make(b2brouter_client, "new"), tmp_path)
    assert os.listdir(tmp_path) == []


# Many


async def test_a_month_is_one_call(b2brouter_client: B2Brouter, three: list[int], tmp_path: Path) -> None:
    saved = await b2brouter_client.invoices.save_all(tmp_path / "archive", month="2026-10")
    assert files(tmp_path / "archive") == [f"2026-10/F-{number}.pdf" for number in range(3)]
    assert (saved.fetched, saved.there, saved.missing) == (3, 0, [])
    assert {file.id: file.path.name for file in saved.files} == {
        number: f"F-{place}.pdf" for place, number in enumerate(three)
    }


async def test_what_is_there_whole_is_not_asked_for_again(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator, three: list[int], tmp_path: Path
) -> None:
    save_all = b2brouter_client.invoices.save_all
    await save_all(tmp_path, month="2026-10")
    before = fetched(b2brouter_simulator)
    again = await save_all(tmp_path, month="2026-10")
    assert (again.fetched, again.there, fetched(b2brouter_simulator) - before) == (0, 3, 0)
    # Cut, changed or gone: it is fetched again, and what somebody made of it stays.
    (tmp_path / "2026-10" / "F-0.pdf").unlink()
    (tmp_path / "2026-10" / "F-1.pdf").write_text("changed")
    third = await save_all(tmp_path, month="2026-10")
    assert (third.fetched, third.there) == (2, 1)
    assert (tmp_path / "2026-10" / "F-0.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "2026-10" / "F-1.pdf").read_text() == "changed"
    assert (tmp_path / "2026-10" / f"F-1-{three[1]}.pdf").read_bytes().startswith(b"%PDF")
    assert (await save_all(tmp_path, month="2026-10")).there == 3


@pytest.mark.b2brouter(unique_numbers=False)
@pytest.mark.parametrize(
    "numbers", [("F-1", "F-1"), ("F/1", "F_1"), ("f-1", "F-1"), ("F-1", "F-1 "), ("é", "e\u0301")]
)
async def test_two_invoices_with_one_name_are_two_files_in_every_run(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator, tmp_path: Path, numbers: tuple[str, str]
) -> None:
    ids = [
        await make(b2brouter_client, number, note)
        for number, note in zip(numbers, ("2026-10-01", "2026-10-02"), strict=True)
    ]
    b2brouter_simulator.advance(60)
    for run in range(2):
        saved = await b2brouter_client.invoices.save_all(tmp_path, month="2026-10", pattern="{number}")
        assert (saved.fetched, saved.there) == ((2, 0) if run == 0 else (0, 2))
        assert len({file.path for file in saved.files}) == 2
        assert len({file.path.name.casefold() for file in saved.files}) == 2
    by_id = {file.id: file.path.read_bytes() for file in saved.files}
    for number in ids:
        assert by_id[number] == (await b2brouter_client.invoices.download(number, "pdf.invoice")).content


async def test_a_later_month_with_the_same_names_loses_no_file(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator, tmp_path: Path
) -> None:
    """Without the date in the pattern two years have one name."""
    old = await make(b2brouter_client, "F-1", "2025-10-14")
    new = await make(b2brouter_client, "F-1", "2026-10-14")
    b2brouter_simulator.advance(60)
    for month, number in (("2025-10", old), ("2026-10", new)):
        saved = await b2brouter_client.invoices.save_all(tmp_path, month=month, pattern="{number}")
        assert [file.id for file in saved.files] == [number]
    assert files(tmp_path) == [f"F-1-{new}.pdf", "F-1.pdf"]


async def test_a_file_of_somebody_elses_stays_and_is_not_taken_for_an_invoice(
    b2brouter_client: B2Brouter, three: list[int], tmp_path: Path
) -> None:
    (tmp_path / "2026-10").mkdir()
    (tmp_path / "2026-10" / "F-0.pdf").write_text("mine")
    (tmp_path / "2026-10" / "F-1.pdf").symlink_to(tmp_path / "nowhere")
    await b2brouter_client.invoices.save_all(tmp_path, month="2026-10")
    assert (tmp_path / "2026-10" / "F-0.pdf").read_text() == "mine"
    assert (tmp_path / "2026-10" / "F-1.pdf").is_symlink()
    assert not (tmp_path / "nowhere").exists()
    assert (tmp_path / "2026-10" / f"F-0-{three[0]}.pdf").exists()
    assert (tmp_path / "2026-10" / f"F-1-{three[1]}.pdf").exists()


async def test_a_link_that_leads_out_of_the_folder_is_refused(
    b2brouter_client: B2Brouter, three: list[int], tmp_path: Path
) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "2026-10").symlink_to(tmp_path / "outside")
    with pytest.raises(ConfigurationError, match="leads out of"):
        await b2brouter_client.invoices.save_all(tmp_path / "inside", month="2026-10")
    assert os.listdir(tmp_path / "outside") == []
    with pytest.raises(ConfigurationError, match="leads out of"):
        await b2brouter_client.invoices.save(three[0], tmp_path / "inside", pattern="2026-10/{number}")


async def test_where_the_record_was_lost_the_same_files_are_taken_as_they_are(
    b2brouter_client: B2Brouter, three: list[int], tmp_path: Path
) -> None:
    await b2brouter_client.invoices.save_all(tmp_path, month="2026-10")
    (tmp_path / RECORD).unlink()
    await b2brouter_client.invoices.save_all(tmp_path, month="2026-10")
    assert len(files(tmp_path)) == 3


async def test_another_environment_has_invoices_of_its_own(
    b2brouter_client: B2Brouter, three: list[int], tmp_path: Path
) -> None:
    await b2brouter_client.invoices.save_all(tmp_path, month="2026-10")
    other = Simulator(limit=None, base_url="https://other.test")
    async with make_client(other, limit=None) as client:
        for number in range(3):
            await make(client, f"G-{number}")
        other.advance(60)
        saved = await client.invoices.save_all(tmp_path, month="2026-10")
    assert sorted(file.id for file in saved.files) == three  # the same ids, of other invoices
    assert saved.fetched == 3
    assert len(files(tmp_path)) == 6


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "say which"),
        ({"month": "October"}, "'October' is no month; write it as 2026-10"),
        ({"month": "2026-13"}, "is no month"),
        ({"month": "0000-01"}, "is no month"),
        ({"month": "2026-10", "date_to": "2026-10-31"}, "leave date_from and date_to out"),
        ({"invoices": [], "month": "2026-10"}, "leave received and the days out"),
        ({"invoices": [], "received": True}, "leave received and the days out"),
        ({"month": "2026-10", "concurrency": 0}, "concurrency"),
        ({"month": "2026-10", "pattern": "{x}"}, "there is no field"),
    ],
)
async def test_what_cant_be_meant_is_refused_before_anything_is_sent_or_made(
    b2brouter_client: B2Brouter,
    b2brouter_simulator: Simulator,
    tmp_path: Path,
    arguments: dict[str, Any],
    problem: str,
) -> None:
    with pytest.raises(ArgumentError, match=problem):
        await b2brouter_client.invoices.save_all(tmp_path / "new", **arguments)
    assert b2brouter_simulator.requests() == 0
    assert not (tmp_path / "new").exists()


async def test_days_and_lists_choose_as_well(
    b2brouter_client: B2Brouter, three: list[int], tmp_path: Path
) -> None:
    save_all = b2brouter_client.invoices.save_all
    days = await save_all(tmp_path / "days", date_from="2026-10-14", date_to="2026-11-01")
    assert len(days.files) == 4
    listed = await save_all(tmp_path / "list", invoices=b2brouter_client.invoices.list(number="F-9"))
    assert [file.number for file in listed.files] == ["F-9"]
    given = await save_all(tmp_path / "given", invoices=[await b2brouter_client.invoices.get(three[0])])
    assert [file.number for file in given.files] == ["F-0"]


async def test_received_invoices_are_saved_as_they_came(b2brouter_client: B2Brouter, tmp_path: Path) -> None:
    document = ubl_invoice(number="THEIRS/1")
    made = await b2brouter_client.invoices.import_document(content=document, issued=False)
    await b2brouter_client.invoices.ack(made.id)
    assert made.date is not None
    saved = await b2brouter_client.invoices.save_all(
        tmp_path, month=made.date, received=True, pattern="{contact}/{number}"
    )
    (file,) = saved.files
    assert file.path.read_bytes() == document
    assert file.path.name == "THEIRS_1.xml"


async def test_what_cant_be_had_is_told_and_ends_nothing(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator, three: list[int], tmp_path: Path
) -> None:
    told: list[int] = []
    late = await make(b2brouter_client, "F-late", "2026-10-31")  # its PDF takes a moment
    saved = await b2brouter_client.invoices.save_all(
        tmp_path, month="2026-10", each=lambda what: told.append(what.id)
    )
    assert [(file.id, file.retry) for file in saved.missing] == [(late, "later")]
    assert sorted(told) == sorted([*three, late])
    b2brouter_simulator.advance(60)
    again = await b2brouter_client.invoices.save_all(tmp_path, month="2026-10")
    assert (again.fetched, again.there, again.missing) == (1, 3, [])


@pytest.mark.b2brouter(
    faults=[
        "500 times=6 operation='GET /invoices/{}/as/{}'",
        "422 times=1 operation='GET /invoices/{}/as/{}'",
    ]
)
async def test_faults_of_single_files_are_told(
    b2brouter_client: B2Brouter, three: list[int], tmp_path: Path
) -> None:
    saved = await b2brouter_client.invoices.save_all(tmp_path, month="2026-10", concurrency=1)
    assert len(saved.files) + len(saved.missing) == 3
    assert saved.missing
    assert (await b2brouter_client.invoices.save_all(tmp_path, month="2026-10")).missing == []


@pytest.mark.parametrize(
    ("fault", "error"), [("401", AuthenticationError), ("reset_after", APIConnectionError)]
)
async def test_what_concerns_all_of_them_ends_the_run_and_the_next_one_goes_on(
    b2brouter_client: B2Brouter,
    b2brouter_simulator: Simulator,
    three: list[int],
    tmp_path: Path,
    fault: str,
    error: type[Exception],
) -> None:
    b2brouter_simulator.faults.add(f"{fault} operation='{FILE}' skip=1 times=100")
    with pytest.raises(error):
        await b2brouter_client.invoices.save_all(tmp_path, month="2026-10", concurrency=1)
    assert len(files(tmp_path)) == 1
    b2brouter_simulator.faults.clear()
    saved = await b2brouter_client.invoices.save_all(tmp_path, month="2026-10")
    assert (saved.fetched, saved.there) == (2, 1)


async def test_one_run_at_a_time_has_a_folder(
    b2brouter_client: B2Brouter, three: list[int], tmp_path: Path
) -> None:
    with Folder(tmp_path, "elsewhere").open(), pytest.raises(ConfigurationError, match="another run saves"):
        await b2brouter_client.invoices.save_all(tmp_path, month="2026-10")
    assert (await b2brouter_client.invoices.save_all(tmp_path, month="2026-10")).fetched == 3


@pytest.mark.parametrize("what", ["text", "of another program", "of a newer version"])
async def test_a_record_that_is_none_is_told_and_left_alone(
    b2brouter_client: B2Brouter, tmp_path: Path, what: str
) -> None:
    path = tmp_path / RECORD
    if what == "text":
        path.write_text("this is no database, but long enough to be one" * 50)
    else:
        with contextlib.closing(sqlite3.connect(path)) as other, other:
            other.execute("CREATE TABLE theirs (x)" if "program" in what else "PRAGMA user_version = 99")
        other.close()
    before = path.read_bytes()
    with pytest.raises(ConfigurationError, match="no record of files"):
        await b2brouter_client.invoices.save_all(tmp_path, month="2026-10")
    assert path.read_bytes() == before


async def test_a_full_disk_ends_the_run_with_nothing_half(
    b2brouter_client: B2Brouter, three: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(part: Path, content: bytes) -> None:
        part.write_bytes(content[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folders, "_write", full)
    with pytest.raises(OSError, match="No space"):
        await b2brouter_client.invoices.save_all(tmp_path, month="2026-10")
    assert files(tmp_path) == []
    assert [name for name in os.listdir(tmp_path) if name.endswith(".part")] == []


async def test_a_file_system_without_links_gets_whole_files_too(
    b2brouter_client: B2Brouter, three: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*paths: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", none)
    (tmp_path / "2026-10").mkdir()
    (tmp_path / "2026-10" / "F-0.pdf").write_text("mine")
    await b2brouter_client.invoices.save_all(tmp_path, month="2026-10")
    assert (tmp_path / "2026-10" / "F-0.pdf").read_text() == "mine"
    assert len(files(tmp_path)) == 4


async def test_a_run_that_is_cancelled_gives_the_folder_back(
    b2brouter_client: B2Brouter, three: list[int], tmp_path: Path
) -> None:
    with anyio.CancelScope() as scope:
        await b2brouter_client.invoices.save_all(
            tmp_path, month="2026-10", concurrency=1, each=lambda what: scope.cancel()
        )
    assert scope.cancelled_caught
    saved = await b2brouter_client.invoices.save_all(tmp_path, month="2026-10")
    assert (saved.fetched, saved.there) == (2, 1)


async def test_what_the_caller_raises_comes_out_as_it_is(
    b2brouter_client: B2Brouter, three: list[int], tmp_path: Path
) -> None:
    def fail(what: object) -> None:
        raise KeyError("theirs")

    with pytest.raises(KeyError, match="theirs"):
        await b2brouter_client.invoices.save_all(tmp_path, month="2026-10", each=fail)


# Killed

CHILD = """
import os, signal, sys
import anyio
from b2brouter_async import B2Brouter
from b2brouter_async._files import folder

url, root, where, nth = sys.argv[1:]
seen = 0
real = getattr(folder, where.partition(" ")[2])

def killing(*given):
    global seen
    seen += 1
    if seen == int(nth) and where.startswith("before"):
        os.kill(os.getpid(), signal.SIGKILL)
    result = real(*given)
    if seen == int(nth):
        os.kill(os.getpid(), signal.SIGKILL)
    return result

setattr(folder, where.partition(" ")[2], killing)

async def main():
    async with B2Brouter("test_simulator", base_url=url, account=ACCOUNT) as client:
        await client.invoices.save_all(root, month="2026-10", concurrency=1)

anyio.run(main)
"""


@pytest.mark.nightly
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("where", ["before _write", "after _write", "before put_new", "after put_new"])
async def test_a_run_that_is_killed_is_taken_up_and_nothing_is_half_or_twice(
    b2brouter_client: B2Brouter, b2brouter_simulator: Simulator, three: list[int], tmp_path: Path, where: str
) -> None:
    program = CHILD.replace("ACCOUNT", b2brouter_simulator.account)
    async with b2brouter_simulator.serve() as url:
        ended = await anyio.run_process(
            [sys.executable, "-c", program, url, str(tmp_path), where, "2"], check=False
        )
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        async with make_client(b2brouter_simulator, limit=None, base_url=url) as client:
            before = fetched(b2brouter_simulator)
            saved = await client.invoices.save_all(tmp_path, month="2026-10")
    assert files(tmp_path) == [f"2026-10/F-{number}.pdf" for number in range(3)]
    there = 2 if where == "after put_new" else 1
    assert (saved.there, fetched(b2brouter_simulator) - before) == (there, 3 - there)
    assert [name for name in os.listdir(tmp_path) if name.endswith(".part")] == []
    for file in saved.files:
        assert (
            file.path.read_bytes()
            == (await b2brouter_client.invoices.download(file.id, "pdf.invoice")).content
        )
