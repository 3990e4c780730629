"""What the checks of a run found so far, counted by several threads, and how much of it is tolerated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Lock

from conduit.errors import QualityError
from conduit.quality.condition import Condition
from conduit.quality.verdict import CheckResult

_SAMPLES = 5


class Tally:
    """Counts per check and for all. `max_failures` and `max_failure_rate` are of rows that fail any check."""

    def __init__(
        self, conditions: Sequence[Condition], max_failures: int | None, max_failure_rate: float | None
    ) -> None:
        self._conditions = conditions
        self._max_failures = max_failures
        self._max_failure_rate = max_failure_rate
        self._lock = Lock()
        self._rows = 0
        self._failed_rows = 0
        self._failed = [0] * len(conditions)
        self._samples: list[tuple[str, ...]] = [()] * len(conditions)

    def add(
        self,
        rows: int,
        failed_rows: int = 0,
        failed: Mapping[int, int] | None = None,
        samples: Mapping[int, tuple[str, ...]] | None = None,
    ) -> None:
        """Count a batch: its rows, those that failed any check, and by number of the check how many and which."""
        with self._lock:
            self._rows += rows
            self._failed_rows += failed_rows
            for number, count in (failed or {}).items():
                self._failed[number] += count
            for number, values in (samples or {}).items():
                self._samples[number] = (self._samples[number] + values)[:_SAMPLES]

    def results(self) -> tuple[CheckResult, ...]:
        with self._lock:
            return tuple(
                CheckResult(condition.check.label, condition.check.action, self._rows, failed, samples)
                for condition, failed, samples in zip(self._conditions, self._failed, self._samples, strict=True)
            )

    def require_tolerable(self, *, at_end: bool = False) -> None:
        """Raise QualityError when more failed than is tolerated. Rates are known `at_end` only."""
        problems = []
        for condition, result in zip(self._conditions, self.results(), strict=True):
            check = condition.check
            problems += _excess(
                result.label, result.failed, result.evaluated, check.max_failures, check.max_failure_rate, at_end
            )
        problems += _excess(
            "all checks", self._failed_rows, self._rows, self._max_failures, self._max_failure_rate, at_end
        )
        if problems:
            raise QualityError(
                f"More rows failed than are tolerated: {'; '.join(problems)}.",
                remedy="Nothing was loaded. Correct the data, or raise `max_failures` or `max_failure_rate`.",
            )


def _excess(
    label: str, failed: int, rows: int, most: int | None, highest_rate: float | None, at_end: bool
) -> list[str]:
    if most is not None and failed > most:
        return [f"{label}: {failed:,} rows, at most {most:,} may"]
    if at_end and highest_rate is not None and failed > highest_rate * rows:
        return [f"{label}: {failed:,} of {rows:,} rows ({failed / rows:.2%}), at most {highest_rate:.2%} may"]
    return []
