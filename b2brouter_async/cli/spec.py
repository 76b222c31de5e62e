"""`b2brouter spec`: which document this SDK was generated from, and how sure its parts are."""

from __future__ import annotations

from typing import Annotated

import attrs
import typer

from .output import print_json, results


def spec(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Print the API version, the OpenAPI document and the generator that this SDK was made with."""
    from ..spec import spec_info

    info = spec_info()
    if as_json:
        # Not asdict: it copies what it finds, and the counts are a view that can't be copied.
        told = {field.name: getattr(info, field.name) for field in attrs.fields(type(info))}
        print_json({**told, "evidence": dict(info.evidence)})
        return
    evidence = ", ".join(f"{count} {name}" for name, count in info.evidence.items())
    lines = {
        "API version": info.api_version,
        "document": f"OpenAPI {info.openapi}, {info.source or 'of unknown origin'}",
        "sha256": info.sha256,
        "date": info.date or "not known",
        "vendor's own": "no, reconstructed" if info.reconstruction else "yes",
        "generator": info.generator,
        "operations": f"{info.operations}: {evidence}",
    }
    for name, value in lines.items():
        results().print(f"{name:<14}{value}", markup=False)
