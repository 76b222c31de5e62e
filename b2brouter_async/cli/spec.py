"""`b2brouter spec`: which document this SDK was generated from, and how sure its parts are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, cast

import attrs
import typer

from .console import results
from .listing import print_json


def spec(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Print the API version, the OpenAPI document and the generator that this SDK was made with."""
    from b2brouter_async.spec import spec_info

    info = _plain(spec_info())
    if as_json:
        print_json(info)
        return
    width = max(len(name) for name in info)
    for name, value in info.items():
        results().print(f"{name.replace('_', ' '):<{width}}  {_told(value)}", markup=False)


def _plain(info: object) -> dict[str, Any]:
    if isinstance(info, Mapping):
        return dict(cast("Mapping[str, object]", info))
    return attrs.asdict(cast("attrs.AttrsInstance", info))


def _told(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{count} {name}" for name, count in cast("Mapping[str, object]", value).items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "not known" if value is None else str(value)
