"""Functions of a caller's: those that may be async, and those that are called and not awaited."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from anyio import to_thread

from ..errors import ArgumentError, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable


async def call_either(function: Callable[..., object], *arguments: object) -> object:
    """Call a function that may be async: a coroutine function in the event loop, any other one in a thread.

    Args:
        function: what is called. Where it returns something to be awaited, that is awaited, too.
        arguments: with what.

    Raises:
        Exception: what the function raises.
    """
    is_async = inspect.iscoroutinefunction(function)
    result = function(*arguments) if is_async else await to_thread.run_sync(function, *arguments)
    return await result if inspect.isawaitable(result) else result


def check_called(
    function: object, argument: str, error: type[ArgumentError | ConfigurationError] = ArgumentError
) -> None:
    """Refuse an async function where one is called and not awaited: it would never run, and its answer always be true.

    Args:
        function: what is to be called; None is nothing to call.
        argument: how it was passed.
        error: what to raise.

    Raises:
        ArgumentError: it is async.
        ConfigurationError: the same, where that is the error.
    """
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__):
        name = getattr(function, "__name__", type(function).__name__)
        raise error(
            f"{name} is async, and it is called here without being awaited; pass an ordinary function",
            argument=argument,
        )


def answered(answer: object, argument: str) -> bool:
    """Return a predicate's answer.

    Raises:
        ArgumentError: it is to be awaited, and so would be true whatever it says.
    """
    if inspect.isawaitable(answer):
        if inspect.iscoroutine(answer):
            answer.close()
        raise ArgumentError(
            "its answer is to be awaited, and it is called here without that; pass an ordinary function",
            argument=argument,
        )
    return bool(answer)
