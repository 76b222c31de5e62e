"""After a 429: what is believed and used, minute by minute, in virtual time.

    python -m benchmarks.limiter_recovery    # prints the figures and draws docs/limiter_recovery.svg (needs matplotlib)

Two stories on a sandbox key (600 a minute, sliding log, one way 20 to 400 ms). In the first one stray
429 meets a program that asks ten times a minute; in the second somebody takes half of the limit for
five minutes from a program with endless demand.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from typing import TYPE_CHECKING

from b2brouter_async.limiter.interface import Callers
from b2brouter_async.limiter.machine import Machine
from tests.limiter.servers import SlidingLog
from tests.limiter.simulation import Demand, Run, Simulation, wan

if TYPE_CHECKING:
    from b2brouter_async.limiter.interface import Lease, Outcome

LIMIT, PERIOD = 600, 60.0
COMES, GOES, END = 300.0, 600.0, 1200.0
STRAY = 60.0


class Watched(Machine[int]):
    """Writes down its pauses."""

    def __init__(self) -> None:
        super().__init__(LIMIT, PERIOD, jitter=random.Random(5).random)
        self.pauses: list[float] = []

    def release(self, lease: Lease, outcome: Outcome, retry_after: float | None, now: float) -> bool:
        began = super().release(lease, outcome, retry_after, now)
        if began:
            self.pauses.append(now)
        return began


def one_stray() -> tuple[list[float], list[int], float]:
    """Believed, second by second; and how long 25 calls take right after the 429."""
    machine, callers = Machine[int](LIMIT, PERIOD, jitter=lambda: 0.5), Callers()
    now, times, believed = 0.0, [], []

    def call(refused: bool = False) -> None:
        nonlocal now
        machine.enter(0, 1, callers)
        while not (granted := machine.pump(now)):
            now = machine.wake_at
        machine.release(granted[0][1], "rejected" if refused else "ok", None, now + 0.1)

    for second in range(0, 200):
        now = max(now, float(second))
        if second % 6 == 0:
            call(refused=second == STRAY)
        times.append(float(second))
        believed.append(machine.snapshot(now).believed)

    machine, now = Machine[int](LIMIT, PERIOD, jitter=lambda: 0.5), 0.0
    call(refused=True)
    now = 0.2
    for _ in range(25):
        call()
    return times, believed, now


def a_thief() -> tuple[Run, Watched]:
    machine = Watched()
    world = Simulation(
        machine,
        Demand(workers=50),
        wan,
        seed=2,
        server=SlidingLog(LIMIT, PERIOD, counts_refused=False),
        stranger=lambda now: LIMIT / PERIOD / 2 if COMES <= now < GOES else 0.0,
    )
    return world.run(seconds=END), machine


def plot(stray: tuple[list[float], list[int], float], run: Run, machine: Watched, path: Path) -> None:
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "b2brouter"
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4.2), width_ratios=(1, 2))
    left.plot(stray[0], stray[1], linewidth=1.8)
    left.axvline(STRAY, color="red", linestyle=":", linewidth=1.0)
    left.set_title("one stray 429, ten calls a minute")
    left.set_ylabel("requests a minute believed to be ours")
    refused = set(run.refusals)
    accepted = [arrival for arrival in run.arrivals if arrival not in refused]
    times = [float(second) for second in range(10, int(END), 5)]
    used = [sum(time - 10.0 < arrival <= time for arrival in accepted) * PERIOD / 10.0 for time in times]
    right.plot(times, used, linewidth=1.2, label="used, over 10 s")
    right.plot(
        [0, COMES, COMES, GOES, GOES, END],
        [LIMIT, LIMIT, LIMIT / 2, LIMIT / 2, LIMIT, LIMIT],
        color="black",
        linestyle="--",
        linewidth=1.0,
        label="what is left",
    )
    for number, pause in enumerate(machine.pauses):
        label = "a pause" if not number else None
        right.axvline(pause, color="red", linestyle=":", linewidth=0.8, label=label)
    right.set_title("somebody takes half of the limit for five minutes")
    right.legend(loc="lower right", fontsize="small")
    for axes in (left, right):
        axes.set_xlabel("seconds")
        axes.set_ylim(0, LIMIT * 1.25)
        axes.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    stray = one_stray()
    print(
        f"one stray 429: at least {min(stray[1])} of {LIMIT} believed; 25 calls right after take {stray[2]:.1f} s"
    )
    run, machine = a_thief()
    refused = set(run.refusals)
    accepted = [arrival for arrival in run.arrivals if arrival not in refused]

    def rate(start: float, end: float) -> float:
        return sum(start <= arrival < end for arrival in accepted) * PERIOD / (end - start)

    print(
        f"a thief of half: {rate(120.0, COMES):.0f} a minute before, {rate(COMES + 60.0, GOES):.0f} while it stays "
        f"({LIMIT / 2:.0f} are left), {rate(GOES + 120.0, END):.0f} from two periods after it has gone; "
        f"{len(run.refusals)} refusals in {len(run.arrivals):,} requests, {len(machine.pauses)} pauses"
    )
    plot(stray, run, machine, Path(__file__).parents[1] / "docs" / "limiter_recovery.svg")


if __name__ == "__main__":
    main()
