"""`make fetch-spec`, against a server on loopback: the spec is there with its provenance, or nothing changed."""

from __future__ import annotations

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from overrides.codegen import fetch as fetching
from overrides.codegen.fetch import ADDRESS, fetch, main
from overrides.codegen.generate import OPENAPI, current
from overrides.codegen.spec import SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = "2027-01-15"
DOCUMENT = b"""\
openapi: 3.0.3
info: {title: B2Brouter, version: 2027-01-15}
paths:
  /accounts:
    get:
      responses:
        '200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Last'}}}}
components:
  schemas:
    Last: {type: object}
"""


class Server:
    """Answers every request with the same bytes."""

    def __init__(self) -> None:
        self.status = 200
        self.content = DOCUMENT
        self.announced: int | None = None
        self.location: str | None = None
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                self.send_response(outer.status)
                if outer.announced != -1:
                    announced = len(outer.content) if outer.announced is None else outer.announced
                    self.send_header("Content-Length", str(announced))
                if outer.location is not None and not self.path.endswith("moved"):
                    self.send_header("Location", outer.location)
                self.end_headers()
                self.wfile.write(outer.content)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/openapi.yaml"
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def close(self) -> None:
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


@pytest.fixture
def openapi(tmp_path: Path) -> Path:
    """A folder like ours, with one spec in use."""
    folder = tmp_path / "openapi"
    folder.mkdir()
    old = b"openapi: 3.1.0\n"
    (folder / "old.yaml").write_bytes(old)
    facts = {"sha256": hashlib.sha256(old).hexdigest()}
    (folder / "provenance.json").write_text(json.dumps({"current": "old.yaml", "specs": {"old.yaml": facts}}))
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_document_is_stored_as_it_came_with_its_provenance(server: Server, openapi: Path) -> None:
    path = fetch(VERSION, openapi, url=server.url)

    assert path == openapi / "b2brouter-2027-01-15.yaml"
    assert path.read_bytes() == DOCUMENT
    found, facts = current(openapi)
    assert found == path
    assert facts["sha256"] == hashlib.sha256(DOCUMENT).hexdigest()
    assert facts["size"] == len(DOCUMENT)
    assert facts["address"] == server.url
    assert len(facts["date"]) == 10
    assert set(contents(openapi)) == {"old.yaml", "provenance.json", "b2brouter-2027-01-15.yaml"}
    assert "old.yaml" in json.loads((openapi / "provenance.json").read_text())["specs"]


def test_the_vendors_address_follows_the_version() -> None:
    assert (
        ADDRESS.format(compact="20260626") == "https://app.b2brouter.net/api/v20260626/bundled/openapi.yaml"
    )
    assert ADDRESS.format(compact="20260626") in (OPENAPI / "EVIDENCE.md").read_text("utf-8")


def test_without_an_address_the_vendors_is_asked(
    server: Server, openapi: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "ADDRESS", server.url.replace("openapi.yaml", "v{compact}/openapi.yaml"))

    fetch(VERSION, openapi)

    assert server.asked == ["/v20270115/openapi.yaml"]


def test_a_document_in_json_is_taken_too(server: Server, openapi: Path) -> None:
    server.content = json.dumps(yaml.load(DOCUMENT, yaml.BaseLoader)).encode()

    assert fetch(VERSION, openapi, url=server.url).read_bytes() == server.content


def test_a_redirect_is_followed(server: Server, openapi: Path) -> None:
    second = Server()
    try:
        server.status, server.location = 302, second.url
        assert fetch(VERSION, openapi, url=server.url).read_bytes() == DOCUMENT
    finally:
        second.close()


def test_a_version_without_dashes_in_the_document_fits(server: Server, openapi: Path) -> None:
    server.content = DOCUMENT.replace(b"2027-01-15", b"'v20270115'")

    assert fetch(VERSION, openapi, url=server.url).exists()


FAILURES: dict[str, tuple[dict[str, object], str]] = {
    "404": ({"status": 404}, "answered 404 Not Found"),
    "500": ({"status": 500}, "answered 500"),
    "204": ({"status": 204, "content": b""}, "answered 204"),
    "web page": ({"content": b"\n<!DOCTYPE html><html></html>"}, "this is a web page"),
    "empty": ({"content": b"  \n"}, "the file is empty"),
    "broken off": (
        {"content": DOCUMENT[:200], "announced": len(DOCUMENT)},
        "the download broke off after 200 bytes",
    ),
    "cut in a word": ({"content": DOCUMENT[:-18]}, "points nowhere"),
    "cut in a brace": ({"content": DOCUMENT[:-3]}, "not YAML"),
    "cut after a line": ({"content": DOCUMENT[: DOCUMENT.index(b"components:")]}, "points nowhere"),
    "cut before the paths": ({"content": DOCUMENT[: DOCUMENT.index(b"paths:")]}, "it has no paths"),
    "another version": (
        {"content": DOCUMENT.replace(b"2027-01-15", b"2026-06-26")},
        "info.version is '2026-06-26'",
    ),
    "Swagger": ({"content": b"swagger: '2.0'\n" + DOCUMENT}, "this is Swagger 2.0"),
    "OpenAPI 4": ({"content": DOCUMENT.replace(b"3.0.3", b"4.0.0")}, "openapi is '4.0.0'"),
    "a list": ({"content": b"- 1"}, "expected an OpenAPI spec, got list"),
    "a text": ({"content": b"not found"}, "expected an OpenAPI spec, got str"),
    "too big": ({"content": DOCUMENT + b"#" * 2000}, "more than 1000 bytes"),
    "too big, unannounced": ({"content": DOCUMENT + b"#" * 2000, "announced": -1}, "more than 1000 bytes"),
    "not bundled": (
        {"content": DOCUMENT.replace(b"#/components/schemas/Last", b"schemas.yaml#/Last")},
        "not bundled",
    ),
    "an alias bomb": (
        {
            "content": DOCUMENT
            + b"x0: &x0 [1,1,1,1,1,1,1,1,1,1]\n"
            + b"".join(b"x%d: &x%d [%s]\n" % (n, n, b",".join([b"*x%d" % (n - 1)] * 10)) for n in range(1, 9))
        },
        "aliases make it larger",
    ),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_on_any_failure_everything_is_as_it_was(failure: str, server: Server, openapi: Path) -> None:
    settings, sentence = FAILURES[failure]
    for name, value in settings.items():
        setattr(server, name, value)
    before = contents(openapi)

    with pytest.raises(SpecError) as caught:
        fetch(VERSION, openapi, url=server.url, largest=1000)

    assert sentence in str(caught.value)
    assert contents(openapi) == before


@pytest.mark.parametrize("version", ["2027-1-15", "20270115", "2027-02-30", "latest", "", "../../etc"])
def test_a_version_that_is_no_date_is_refused_before_anything_is_asked(version: str, openapi: Path) -> None:
    before = contents(openapi)

    with pytest.raises(SpecError, match="an API version is a date"):
        fetch(version, openapi, url="http://127.0.0.1:9/")

    assert contents(openapi) == before


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/openapi.yaml", "ftp://127.0.0.1/x", "http://", "not an address"]
)
def test_an_address_that_does_not_answer_is_named(url: str, openapi: Path) -> None:
    before = contents(openapi)

    with pytest.raises(SpecError) as caught:
        fetch(VERSION, openapi, url=url)

    assert url in str(caught.value)
    assert contents(openapi) == before


def test_a_file_that_cannot_be_put_in_place_leaves_nothing_behind(
    server: Server, openapi: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(openapi)

    def refuse(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)

    with pytest.raises(SpecError, match="No space left"):
        fetch(VERSION, openapi, url=server.url)
    assert contents(openapi) == before


def test_a_second_file_that_cannot_be_put_in_place_takes_the_first_back(
    server: Server, openapi: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (openapi / "b2brouter-2027-01-15.yaml").write_bytes(b"an earlier download")
    before = contents(openapi)
    replace = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if Path(target).name == "provenance.json":
            raise OSError(13, "Permission denied")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse)

    with pytest.raises(SpecError, match="Permission denied"):
        fetch(VERSION, openapi, url=server.url)
    assert contents(openapi) == before


def test_unreadable_provenance_is_not_overwritten(server: Server, openapi: Path) -> None:
    (openapi / "provenance.json").write_text("{")
    before = contents(openapi)

    with pytest.raises(SpecError, match="can't be read"):
        fetch(VERSION, openapi, url=server.url)
    assert contents(openapi) == before


def test_the_command_says_what_stopped_it(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    server.status = 404
    before = contents_of_ours()

    assert main(["--version", VERSION, "--url", server.url]) == 1

    assert "make fetch-spec stopped, and nothing was changed" in capsys.readouterr().err
    assert contents_of_ours() == before


def contents_of_ours() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in OPENAPI.iterdir() if path.is_file()}


def test_the_bar_shows_the_download(
    server: Server, openapi: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fetch(VERSION, openapi, url=server.url)

    assert "openapi.yaml" in capsys.readouterr().err


def test_a_document_that_was_changed_after_its_download_is_not_generated_from(
    server: Server, openapi: Path
) -> None:
    path = fetch(VERSION, openapi, url=server.url)
    path.write_bytes(DOCUMENT + b"# changed")

    with pytest.raises(SpecError, match="is not the file that was fetched"):
        current(openapi)
