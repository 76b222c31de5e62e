"""The client that a command works with: options, environment variables, and where the key comes from."""

from __future__ import annotations

import sys
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer
from attrs import frozen

from ..config import (
    VARIABLES,
    Secret,
    from_variables,
    key_from_variables,
    number_from_variables,
    read_key_file,
    refuse_misspelt_variables,
)
from ..errors import ConfigurationError
from ..generated.platform import ENVIRONMENTS, TEST_KEY_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._call.attempt import Middleware
    from ..client import B2Brouter
    from ..generated.platform import EnvironmentName
    from ..group.group import B2BrouterGroup
    from ..limiter import RateLimiter

_PANEL = "Connection"
_SHARING = "Sharing the limit"
"""Apart, since an option with two names leaves those beside it little place."""
DATABASE_PATIENCE = 30.0
"""Seconds that a database may be away before a command that shares the limit through it fails."""

RedisOption = Annotated[
    str | None,
    typer.Option(
        envvar="B2BROUTER_REDIS",
        metavar="URL",
        help="Share the limit with all that name this Redis.",
        rich_help_panel=_SHARING,
    ),
]
ShareLimitOption = Annotated[
    bool | None,
    typer.Option(
        "--share-limit/--no-share-limit",
        envvar="B2BROUTER_SHARE_LIMIT",
        help="Share the limit with all that work on the same database; so it is unless they share it through Redis. With "
        "--no-share-limit each takes all of it.",
        show_default=False,
        rich_help_panel=_SHARING,
    ),
]

EnvironmentOption = Annotated[
    str | None,
    typer.Option(
        "--environment",
        envvar=VARIABLES["environment"],
        metavar="NAME",
        help=f"{', '.join(ENVIRONMENTS)}; a key that starts with {TEST_KEY_PREFIX} needs none.",
        rich_help_panel=_PANEL,
    ),
]
BaseUrlOption = Annotated[
    str | None,
    typer.Option(
        "--base-url",
        envvar=VARIABLES["base_url"],
        metavar="URL",
        help="Another server, for example the simulator.",
        rich_help_panel=_PANEL,
    ),
]
KeyFileOption = Annotated[
    Path | None,
    typer.Option(
        "--key-file",
        envvar=VARIABLES["key_file"],
        metavar="FILE",
        help=f"File that holds the API key. Without it {VARIABLES['api_key']} is read, or the key is asked for; "
        "it is never an argument, where others could see it.",
        rich_help_panel=_PANEL,
    ),
]
OptionalAccountOption = Annotated[
    str | None,
    typer.Option("--account", envvar=VARIABLES["account"], metavar="ID", help="The account to work for."),
]
AccountOption = Annotated[
    str,
    typer.Option("--account", envvar=VARIABLES["account"], metavar="ID", help="The account to work for."),
]


@frozen
class Connection:
    """What the options say about the server."""

    environment: str | None
    base_url: str | None
    key_file: Path | None

    def client(
        self,
        *,
        account: str | None = None,
        requests_per_minute: int | None = None,
        middleware: Sequence[Middleware] = (),
        key: Secret | None = None,
        limiter: RateLimiter | None = None,
    ) -> B2Brouter:
        """Return a client.

        Args:
            account: the account that calls are about.
            requests_per_minute: another limit than the environment's.
            middleware: runs around every request.
            key: the key, where it was read before.
            limiter: shared with others; it has its own limit.

        Raises:
            ConfigurationError: there is no key, or it contradicts the environment.
        """
        from ..client import B2Brouter

        self._check_variables(account=account, requests_per_minute=requests_per_minute)
        return B2Brouter(
            key or read_key(self.key_file),
            cast("EnvironmentName | None", self.environment or None),
            account=account,
            api_version=from_variables("api_version"),
            base_url=self.base_url or None,
            requests_per_minute=None
            if limiter is not None
            else requests_per_minute or number_from_variables("requests_per_minute"),
            limiter=limiter,
            middleware=middleware,
        )

    def _check_variables(self, *, account: str | None, requests_per_minute: int | None) -> None:
        given = {
            "environment": self.environment, "base_url": self.base_url, "account": account,
            "requests_per_minute": requests_per_minute, "api_version": None,
        }  # fmt: skip
        refuse_misspelt_variables(name for name, value in given.items() if not value)

    def sharing_client(
        self,
        *,
        redis: str | None,
        database: str | None,
        schema: str = "b2brouter",
        account: str | None = None,
        requests_per_minute: int | None = None,
        middleware: Sequence[Middleware] = (),
    ) -> B2Brouter:
        """Return a client that shares its limit with other processes.

        Args:
            redis: the Redis they share it through; or
            database: the PostgreSQL, where there is no Redis; with neither it shares nothing.
            schema: the schema with the package's tables in the database.
            account: the account that calls are about.
            requests_per_minute: another limit than the environment's, for all of them together.
            middleware: runs around every request.

        Raises:
            ConfigurationError: one can't be used, there is no key, or it contradicts the environment.
        """
        if redis is None and database is None:
            return self.client(
                account=account, requests_per_minute=requests_per_minute, middleware=middleware
            )
        # The key is read once: at a terminal it is asked for.
        key = read_key(self.key_file)
        limiter = self._shared_limiter(key, redis, database, schema, requests_per_minute)
        return self.client(account=account, key=key, limiter=limiter, middleware=middleware)

    def sharing_group(
        self,
        keys: Mapping[str, Secret],
        *,
        redis: str | None,
        database: str | None,
        schema: str = "b2brouter",
        requests_per_minute: int | None = None,
    ) -> B2BrouterGroup:
        """Return several keys as one, each of which shares its limit with other processes.

        Args:
            keys: by their names.
            redis: the Redis they share them through; or
            database: the PostgreSQL, where there is no Redis; with neither nothing is shared.
            schema: the schema with the package's tables in the database.
            requests_per_minute: another limit than the environment's, of each key.

        Raises:
            ConfigurationError: one can't be used, or the keys contradict the environment, or each other.
        """
        from ..group.group import B2BrouterGroup

        if redis is None and database is None:
            return self.group(keys, requests_per_minute=requests_per_minute)
        clients = {
            name: self.client(
                key=key,
                limiter=self._shared_limiter(key, redis, database, schema, requests_per_minute),
            )
            for name, key in keys.items()
        }
        return B2BrouterGroup(clients)

    def _shared_limiter(
        self,
        key: Secret,
        redis: str | None,
        database: str | None,
        schema: str,
        requests_per_minute: int | None,
    ) -> RateLimiter:
        from urllib.parse import urlsplit

        from ..limiter import PostgresTokenBucket, RedisTokenBucket

        probe = self.client(key=key)
        host = urlsplit(probe.base_url).netloc
        limit = (
            requests_per_minute
            or number_from_variables("requests_per_minute")
            or probe.environment.requests_per_minute
        )
        if redis is not None:
            return RedisTokenBucket(redis, host, key.reveal(), limit)
        assert database is not None
        # As patient as the journal is: one outage of the database must not end what the other bears.
        return PostgresTokenBucket(
            database, host, key.reveal(), limit, schema=schema, patience=DATABASE_PATIENCE
        )

    def group(
        self,
        keys: Mapping[str, Secret],
        *,
        requests_per_minute: int | None = None,
        middleware: Sequence[Middleware] = (),
    ) -> B2BrouterGroup:
        """Return several keys as one.

        Args:
            keys: by their names.
            requests_per_minute: another limit than the environment's, for each key.
            middleware: runs around every request.

        Raises:
            ConfigurationError: the keys contradict the environment, or each other.
        """
        from ..group.group import B2BrouterGroup

        self._check_variables(account="of each document", requests_per_minute=requests_per_minute)
        return B2BrouterGroup(
            keys,
            environment=cast("EnvironmentName | None", self.environment or None),
            api_version=from_variables("api_version"),
            base_url=self.base_url or None,
            requests_per_minute=requests_per_minute or number_from_variables("requests_per_minute"),
            middleware=middleware,
        )


def shared_through(database: str | None, *, redis: str | None, share_limit: bool | None) -> str | None:
    """Return the database that the limit is shared through; None where it isn't.

    Whoever works on one database mostly works with one key, and each that took the whole limit would be refused by the
    server for what the others send: so it is shared unless somebody says otherwise.

    Raises:
        ConfigurationError: it can't be shared in two ways.
    """
    if share_limit and redis is not None:
        raise ConfigurationError("--redis, --share-limit: one of them at a time")
    return None if redis is not None or share_limit is False else database


def read_key(key_file: Path | None) -> Secret:
    """Return the API key: from a file, from the environment variables, or asked for at the terminal.

    Raises:
        ConfigurationError: it is nowhere, or what is there is no key.
    """
    if key_file is not None:
        return read_key_file(key_file, named_by="--key-file")
    key = key_from_variables()
    if key is not None:
        return key
    refuse_misspelt_variables(("api_key", "key_file"))
    if sys.stdin.isatty():
        return Secret(getpass("B2Brouter API key: ").strip())
    raise ConfigurationError(
        f"there is no API key; set {VARIABLES['api_key']}, or name a file with --key-file"
    )
