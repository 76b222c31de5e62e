"""Faults on demand: by operation, by probability or by script, the same every time for the same seed."""

from __future__ import annotations

import difflib
import fnmatch
import math
import random
import shlex
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import attrs

from ..._keywords import tells_misspelt
from ..spec import blank

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

FaultKind: TypeAlias = Literal[
    "reset_before", "reset_after", "stall", "slow", "truncate", "duplicate", "wrong_type", "redirect",
    "200", "204", "400", "401", "403", "404", "408", "409", "422", "424", "429", "500", "502", "503", "504",
]  # fmt: skip
KINDS: tuple[FaultKind, ...] = get_args(FaultKind)

_READERS: dict[str, Callable[[str], object]] = {
    "operation": str,
    "probability": float,
    "times": int,
    "skip": int,
    "done": lambda text: True,
    "body": str,
    "seconds": float,
    "location": str,
}


def _kind(value: str) -> str:
    if value not in KINDS:
        raise ValueError(f"fault {value!r} is unknown: choose one of {', '.join(KINDS)}")
    return value


@tells_misspelt
@attrs.frozen
class Fault:
    """Something that goes wrong.

    Example:
        simulator = Simulator(faults=[Fault("429", times=3)])

    Args:
        kind: `reset_before` and `reset_after` cut the connection before or after the work was done. `stall` does the
            work and replies after `seconds`, `slow` spreads the reply's bytes over them. `truncate` ends the body in
            its middle. `duplicate` delivers the request twice, the reply is the second one's. `wrong_type` says
            `text/html` of whatever the body is. `redirect` answers 302. A number answers with that status: 502 and
            504 with HTML, 429 without a code, 200 and 204 with nothing (behaviour 34).
        operation: method and path with parameters blanked, `POST /accounts/{}/invoices`; `*` and `?` match anything.
        probability: of each request of the operation.
        times: how often at most.
        skip: how many requests of the operation pass unharmed first.
        done: for statuses and `redirect`: the work is done before the reply is replaced.
        body: for statuses: what is sent in place of the usual body, whatever its shape (behaviour 40); "" is nothing.
        seconds: for `stall` and `slow`.
        location: where `redirect` points.
    """

    kind: str = attrs.field(converter=_kind)
    operation: str = "*"
    probability: float = 1.0
    times: int | None = None
    skip: int = 0
    done: bool = False
    body: str | None = None
    seconds: float = 5.0
    location: str = "https://elsewhere.test/"

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Read `reset_after operation='POST /accounts/{}/invoices' probability=0.1 times=3 skip=1 done`.

        Example:
            fault = Fault.parse("reset_after operation='POST /accounts/{}/invoices' times=1 done")
        """
        try:
            kind, *rest = shlex.split(text) or [""]
        except ValueError as error:
            raise ValueError(f"the fault {text!r} can't be read: {error}") from None
        fields: dict[str, Any] = {}
        for part in rest:
            name, _, value = part.partition("=")
            if name not in _READERS:
                raise ValueError(f"a fault has no {name!r}: it has {', '.join(_READERS)}")
            try:
                fields[name] = _READERS[name](value)
            except ValueError:
                raise ValueError(f"{name}={value} of a fault is no number") from None
        return cls(kind, **fields)

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.probability <= 1:
            raise ValueError(f"probability of a fault is between 0 and 1, and is {self.probability}")
        if not 0 <= self.seconds < math.inf or self.skip < 0 or (self.times or 0) < 0:
            raise ValueError("seconds, skip and times of a fault must not be negative")


def concerns(pattern: str, operation: str | None) -> bool:
    """Tell whether a pattern of operations fits one; a request of no operation there is fits `*` alone."""
    return pattern == "*" or (
        operation is not None and fnmatch.fnmatchcase(operation, pattern.replace("[", "[[]"))
    )


@attrs.define
class _Planned:
    """A fault, and how many requests it has seen and met so far."""

    fault: Fault
    seen: int = 0
    met: int = 0


@attrs.define
class _Script:
    """What happens to the next requests of the operations that fit a pattern."""

    pattern: str
    steps: list[Fault | None]


class Faults:
    """The faults of a simulator, in the order they were added; the first that is due wins.

    Example:
        simulator.faults.add("429 times=3")
    """

    def __init__(
        self,
        faults: Iterable[Fault | str] = (),
        *,
        seed: int = 0,
        operations: Collection[str] | None = None,
    ) -> None:
        self._operations = operations
        self._random = random.Random(seed)  # noqa: S311 - reproducible on purpose
        self._planned: list[_Planned] = []
        self._scripts: list[_Script] = []
        self.struck: list[tuple[str, str | None]] = []
        for fault in faults:
            self.add(fault)

    def add(self, fault: Fault | str) -> None:
        """Add a fault, or the text of one.

        Example:
            simulator.faults.add(Fault("429", times=3))
        """
        planned = Fault.parse(fault) if isinstance(fault, str) else fault
        pattern = self._checked(planned.operation)
        self._planned.append(_Planned(attrs.evolve(planned, operation=pattern)))

    def script(self, operation: str, kinds: Sequence[Fault | str | None]) -> None:
        """Say what happens to the next requests of an operation, one after the other; None is nothing.

        Example:
            simulator.faults.script("GET /accounts", ["429", None, "500"])
        """
        steps = [Fault.parse(kind) if isinstance(kind, str) else kind for kind in kinds]
        self._scripts.append(_Script(self._checked(operation), steps))

    def clear(self) -> None:
        """Have no more faults.

        Example:
            simulator.faults.clear()
        """
        self._planned.clear()
        self._scripts.clear()

    @property
    def any(self) -> bool:
        """Whether anything may go wrong at all.

        Example:
            assert not Simulator().faults.any
        """
        return bool(self._planned or self._scripts)

    def pick(self, operation: str | None) -> Fault | None:
        """Return what happens to a request of an operation; None is nothing.

        Example:
            simulator.faults.add("429 times=3")
            print(simulator.faults.pick("GET /accounts"))
        """
        fault = self._next(operation)
        if fault is not None:
            self.struck.append((fault.kind, operation))
        return fault

    def _checked(self, pattern: str) -> str:
        """Return a pattern with the names of parameters left out; refuse one that no operation fits."""
        pattern = blank(pattern)
        if self._operations is None or pattern == "*":
            return pattern
        if not any(concerns(pattern, operation) for operation in self._operations):
            near = difflib.get_close_matches(pattern, self._operations, n=1, cutoff=0.0)
            hint = f"; the nearest is {near[0]!r}" if near else ""
            raise ValueError(
                f"no operation fits the fault's operation {pattern!r}{hint}; `*` and `?` fit anything"
            )
        return pattern

    def _next(self, operation: str | None) -> Fault | None:
        for script in self._scripts:
            if script.steps and concerns(script.pattern, operation):
                return script.steps.pop(0)
        for planned in self._planned:
            fault = planned.fault
            if not concerns(fault.operation, operation):
                continue
            planned.seen += 1
            if planned.seen <= fault.skip or (fault.times is not None and planned.met >= fault.times):
                continue
            if fault.probability < 1 and self._random.random() >= fault.probability:
                continue
            planned.met += 1
            return fault
        return None
