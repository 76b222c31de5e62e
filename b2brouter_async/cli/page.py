"""Pages of HTML that need nothing but themselves: made of templates, every text of others escaped."""

from __future__ import annotations

import functools
from importlib.resources import files
from typing import TYPE_CHECKING

from ..errors import ConfigurationError
from .output import duration, percent, plural, printable

if TYPE_CHECKING:
    from jinja2 import Environment


def render_page(template: str, **values: object) -> str:
    """Return a page.

    Args:
        template: a file of the folder `templates`.
        values: what it shows.

    Raises:
        ConfigurationError: Jinja2 is not installed.
    """
    style = files("b2brouter_async.cli").joinpath("templates/style.css").read_text(encoding="utf-8")
    return _environment().get_template(template).render(style=style, plural=plural, percent=percent, **values)


@functools.cache
def _environment() -> Environment:
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined  # only who wants a page pays for it
        from markupsafe import Markup
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"--report needs {error.name}; install it with: pip install 'b2brouter-async[cli]'"
        ) from None

    def without_controls(value: object) -> object:
        return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    environment = Environment(
        loader=PackageLoader("b2brouter_async.cli"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=without_controls,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        count="{:,}".format, duration=duration, words=lambda name: str(name).replace("_", " ")
    )
    return environment
