"""Uploading over several keys: what a job needs of a client, from a group."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Self, Unpack

import attrs
from attrs import frozen

from ...bulk import Outcome
from ...config import Secret
from ...errors import ConfigurationError
from ..output import plural

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path
    from types import TracebackType

    from ... import B2BrouterGroup
    from ...bulk import Summary, UploadSettings
    from ...bulk.source import Documents
    from ...config import Environment
    from ...group.upload import GroupUpload
    from ...limiter import Snapshot

_NAMED = re.compile(r"([\w.-]+)\s*=\s+(\S+)|([\w.-]+)\s+=(\S+)")


@frozen(kw_only=True)
class RoutedOutcome(Outcome):
    """What became of a document, and whose it was."""

    account: int | None = None


class GroupUploader:
    """A group in the place of a job's client."""

    def __init__(self, group: B2BrouterGroup) -> None:
        """Take a group; it is closed with the job."""
        self._group = group
        self._first = next(iter(group.clients.values()))

    def __str__(self) -> str:
        return f"the accounts of {plural(len(self._group.clients), 'key')}"

    @property
    def environment(self) -> Environment:
        """The environment of all keys."""
        return self._first.environment

    @property
    def base_url(self) -> str:
        """Where requests go."""
        return self._first.base_url

    @property
    def requests_per_minute(self) -> int:
        """What all keys together may send."""
        return sum(client.limiter.snapshot().limit for client in self._group.clients.values())

    @property
    def limiter(self) -> Self:
        """The limiters; see `snapshot`."""
        return self

    def snapshot(self) -> Snapshot:
        """Return how the limiter stands that most calls wait for."""
        all_of_them = [client.limiter.snapshot() for client in self._group.clients.values()]
        return max(all_of_them, key=lambda one: (one.frozen_for, one.waiting))

    def upload(self, **settings: Unpack[UploadSettings]) -> GroupRun:
        """Return an upload over all accounts; `journal` is the folder of their journals."""
        from pathlib import Path

        given = dict(settings)
        folder = given.pop("journal")
        if not isinstance(folder, Path):
            raise ConfigurationError("--journal: with --keys it is a folder, with a file for each account")
        return GroupRun(self._group.upload(folder, **given))  # type: ignore[arg-type]  # the rest is the same

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._group.aclose()


class GroupRun:
    """An upload over all accounts in the place of a job's."""

    def __init__(self, run: GroupUpload) -> None:
        """Take an upload."""
        self._run = run

    @property
    def summary(self) -> Summary:
        """How it stands."""
        return self._run.summary

    @property
    def failures(self) -> Mapping[int, Exception]:
        """Accounts whose upload ended before its time, and why."""
        return self._run.failures

    def stop(self) -> None:
        """Take no more documents."""
        self._run.stop()

    async def __call__(self, documents: Documents) -> AsyncIterator[Outcome]:
        """Yield the outcomes, each with its account."""
        async for one in self._run(documents):
            known = {item.name: getattr(one.outcome, item.name) for item in attrs.fields(Outcome)}
            yield RoutedOutcome(**known, account=None if one.account is None else one.account.id)

    async def __aenter__(self) -> Self:
        await self._run.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._run.__aexit__(kind, error, trace)


def read_keys(path: Path) -> dict[str, Secret]:
    """Return the keys that a file holds, by their names.

    Args:
        path: a text file with a key a line, or `name = key`; what begins with `#` is passed over.

    Raises:
        ConfigurationError: the file can't be read, holds no key, or a line is none.
    """
    keys: dict[str, Secret] = {}
    lines: list[str] = []
    line = name = key = ""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        for number, line in enumerate(lines, 1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            named = _NAMED.fullmatch(line.strip())
            name, key = f"line {number}", line.strip()
            if named is not None:
                name, key = (named[1], named[2]) if named[1] else (named[3], named[4])
            named = None
            if name in keys:
                raise ConfigurationError(
                    f"{path}, line {number}: there is another key of this name", argument="--keys"
                )
            try:
                keys[name] = Secret(key)
            except ConfigurationError:
                raise ConfigurationError(
                    f"{path}, line {number}: write a key, or name = key", argument="--keys"
                ) from None
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror or error}", argument="--keys") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path} holds no text", argument="--keys") from None
    finally:
        lines, line, name, key, named = [], "", "", "", None  # a traceback keeps the frame
    if not keys:
        raise ConfigurationError(f"{path} holds no key; write one a line", argument="--keys")
    return keys
