"""What a contender showed in a case: its runs, their medians, and what was wrong. Travels as JSON."""

from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Self

from benchmarks.measure import Measurement


@dataclass(frozen=True, slots=True)
class Run:
    """One process, measured; see `Measurement` for the two peaks."""

    wall_seconds: float
    cpu_seconds: float
    peak_tree_mb: float
    peak_process_mb: float

    @classmethod
    def of(cls, measured: Measurement) -> Self:
        """Keep a measurement, rounded to what it can mean."""
        return cls(
            round(measured.wall_seconds, 4),
            round(measured.cpu_seconds, 4),
            round(measured.peak_tree_mb, 1),
            round(measured.peak_process_mb, 1),
        )

    @property
    def peak_mb(self) -> float:
        """The larger of the two peaks."""
        return max(self.peak_tree_mb, self.peak_process_mb)


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that is known of one contender in one case.

    ``scale`` is 1, or how many times more rows the others worked on; `wall` and `cpu` are multiplied by it,
    memory is not. ``problem`` is None, "failed: ..." or "wrong: ...".
    """

    case: str
    rival: str
    label: str
    runs: tuple[Run, ...]
    scale: float
    problem: str | None
    caveats: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """Tells whether it ran and its data was right."""
        return self.problem is None and bool(self.runs)

    @property
    def is_scaled(self) -> bool:
        """Tells whether it worked on a part of the data."""
        return self.scale != 1

    @property
    def wall(self) -> float:
        """Median seconds on the clock, for all the data."""
        return median(run.wall_seconds for run in self.runs) * self.scale

    @property
    def cpu(self) -> float:
        """Median seconds on the processors, user and system, for all the data."""
        return median(run.cpu_seconds for run in self.runs) * self.scale

    @property
    def peak_mb(self) -> float:
        """Median peak memory, for the data it worked on."""
        return median(run.peak_mb for run in self.runs)

    def to_json(self) -> dict[str, Any]:
        """Give a JSON object with the runs and their medians."""
        medians = {}
        if self.runs:
            medians = {"wall_seconds": self.wall, "cpu_seconds": self.cpu, "peak_mb": self.peak_mb}
        return {**asdict(self), "medians": {key: round(value, 4) for key, value in medians.items()}}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read what `to_json` gave."""
        return cls(
            case=data["case"],
            rival=data["rival"],
            label=data["label"],
            runs=tuple(Run(**run) for run in data["runs"]),
            scale=data["scale"],
            problem=data["problem"],
            caveats=tuple(data["caveats"]),
        )


def reference(outcomes: list[Outcome]) -> Outcome | None:
    """Choose what a case is divided by: Conduit, or else the fastest that was right on all the data."""
    right = [outcome for outcome in outcomes if outcome.is_right]
    whole = [outcome for outcome in right if not outcome.is_scaled] or right
    ours = [outcome for outcome in whole if outcome.rival == "conduit"]
    return ours[0] if ours else min(whole, key=lambda outcome: outcome.wall, default=None)
