"""What this SDK was generated from, and how to load all of it at once."""

from __future__ import annotations

import datetime
import json
from functools import cache
from importlib import import_module, resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SpecInfo", "preload", "spec_info"]


@frozen
class SpecInfo:
    """The OpenAPI spec behind the generated code, and the generator.

    Example:
        info = spec_info()
        print(info.api_version, info.operations, info.sha256)
    """

    api_version: str
    """The API version that the spec describes and the client asks for, for example 2026-06-26."""
    openapi: str
    """The version of OpenAPI that the spec is written in."""
    sha256: str
    """Checksum of the spec, in hex."""
    date: datetime.date | None
    """When the spec was fetched or made; None for one that was generated from a path."""
    source: str | None
    """Where the spec comes from."""
    reconstruction: bool
    """Whether it was put together from public material and is not the vendor's own."""
    generator: str
    """Name and version of the generator."""
    operations: int
    """How many operations there are."""
    evidence: Mapping[str, int]
    """How many of them are documented, measured, inferred …, as the spec's `x-evidence` says. Where it says nothing:
    documented in the vendor's own spec, unstated in a reconstruction.
    """


@cache
def spec_info() -> SpecInfo:
    """Return what this SDK was generated from.

    Example:
        print(spec_info().api_version)
    """
    text = resources.files(f"{__package__}.generated").joinpath("SPEC.json").read_text(encoding="utf-8")
    facts = cast("dict[str, Any]", json.loads(text))
    date = facts.pop("date")
    evidence = cast("dict[str, int]", facts.pop("evidence"))
    return SpecInfo(
        **facts,
        date=None if date is None else datetime.date.fromisoformat(date),
        evidence=MappingProxyType(evidence),
    )


_LOADED_LATER = (
    "_call.answers",
    "_call.attempt",
    "_call.connection_errors",
    "_call.content",
    "_call.error_replies",
    "_call.proxies",
    "_call.retry_policy",
    "_core.known_words",
    "_core.pagination",
    "_core.problems",
    "_core.unlisted",
    "_reconcile.sought",
    "limiter.reports",
    "resources.marking",
    "resources.once",
)
"""What calls load when they first need it: most first calls don't."""


def preload() -> None:
    """Load every model, resource and operation now, and what a first call would load.

    Example:
        preload()

    For servers that would rather start slowly than answer their first request slowly, and for those that fork.
    """
    from ._core.model import Model, fields_of
    from .generated import api, models
    from .generated.resources import RESOURCES

    for name in dir(models):
        kind: object = getattr(models, name)
        if isinstance(kind, type) and issubclass(kind, Model):
            fields_of(kind)
    for resource in RESOURCES:
        import_module(f"{__package__}.generated.resources.{resource}")
    for folder in resources.files(api).iterdir():
        if folder.is_dir() and folder.name != "__pycache__":
            for path in folder.iterdir():
                if path.name.endswith(".py"):
                    import_module(f"{api.__name__}.{folder.name}.{path.name.removesuffix('.py')}")
    for name in ("client", "resources.invoices", *_LOADED_LATER):
        import_module(f"{__package__}.{name}")
    # What is only loaded when it is needed: the library that speaks HTTP, exact JSON, and the names of downloaded files.
    for name in ("httpx", "simplejson", "email.message"):
        import_module(name)


def __dir__() -> list[str]:
    return list(__all__)
