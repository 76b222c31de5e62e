"""The exported names, as they are and as they were frozen. `python -m tests.models.names` accepts what is there."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

from b2brouter_async._core.operation import Resource
from b2brouter_async.generated import models, resources

FROZEN = Path(__file__).parent / "names.json"
ACCEPT = "if that is meant, accept it with `python -m tests.models.names` and say it in CHANGELOG.md"


def exported() -> dict[str, object]:
    return {
        "models": dir(models),
        "resources": {
            resource: [name for name in vars(class_of(resource)) if not name.startswith("_")]
            for resource in resources.RESOURCES
        },
    }


def class_of(resource: str) -> type[Resource]:
    module = import_module(f"{resources.__name__}.{resource}")
    [found] = [
        one
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, Resource) and one is not Resource
    ]
    return found


def flat(names: dict[str, object]) -> set[str]:
    found = {f"models.{name}" for name in _texts(names["models"])}
    methods = names["resources"]
    assert isinstance(methods, dict)
    return found | {f"{resource}.{name}" for resource, some in methods.items() for name in _texts(some)}


def _texts(value: object) -> list[str]:
    assert isinstance(value, list)
    return [str(one) for one in value]


if __name__ == "__main__":
    FROZEN.write_text(json.dumps(exported(), indent=1) + "\n", encoding="utf-8")
