"""All checks of a whole load: measured while its rows pass, judged before they become visible."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from threading import Lock

import pyarrow as pa

from conduit.errors import QualityError
from conduit.quality.model.table import (
    AnyTableCheck,
    DistinctCount,
    Freshness,
    Mean,
    NoShrink,
    NullRate,
    RowCount,
    Sum,
)
from conduit.quality.table_measures import (
    DistinctMeasure,
    Finding,
    FreshnessMeasure,
    Measure,
    NullMeasure,
    RowsMeasure,
    TotalMeasure,
    in_bounds,
)
from conduit.quality.verdict import CheckResult


class TableChecks:
    """The table checks of one resource; several threads may add batches. Raises ConfigError for what cannot be.

    `started` is when the run began, `rows_before` what the last good run wrote (None: there was none). `memory` bounds
    the keys of `distinct_count`, and `spill_directory` takes the rest (None: the folder for temporary files).
    """

    def __init__(
        self,
        checks: Sequence[AnyTableCheck],
        schema: pa.Schema,
        *,
        started: datetime,
        rows_before: int | None = None,
        spill_directory: Path | None = None,
        memory: int = 64 << 20,
    ) -> None:
        counting = sum(isinstance(check, DistinctCount) for check in checks)

        def measure(check: AnyTableCheck) -> Measure:
            match check:
                case RowCount():
                    return RowsMeasure(lambda rows: in_bounds(rows, check.min, check.max))
                case NullRate():
                    return NullMeasure(check, schema)
                case Freshness():
                    return FreshnessMeasure(check, schema, started)
                case Mean() | Sum():
                    return TotalMeasure(check, schema)
                case DistinctCount():
                    return DistinctMeasure(check, schema, memory // counting, spill_directory)
                case NoShrink():
                    return RowsMeasure(lambda rows: _shrunk(check, rows, rows_before))

        self._checks = [(check, measure(check)) for check in checks]
        self._lock = Lock()
        self._rows = 0
        self._findings: list[Finding] = []

    def add(self, batch: pa.RecordBatch) -> None:
        """Measure a batch that will be written."""
        for _, measure in self._checks:
            measure.add(batch)
        with self._lock:
            self._rows += batch.num_rows

    def finish(self) -> None:
        """Judge the whole load. Raises QualityError, naming each, when checks with `action: fail` fail."""
        self._findings = [measure.judge(self._rows) for _, measure in self._checks]
        failed = [
            f"{check.label} is {finding.observed}, not {finding.wanted}"
            for (check, _), finding in zip(self._checks, self._findings, strict=True)
            if not finding.passes and check.action == "fail"
        ]
        if failed:
            raise QualityError(
                f"The load as a whole fails its checks: {'; '.join(failed)}.",
                remedy="Nothing was loaded. Look at the source, change the bounds, or only warn with `action: warn`.",
            )

    def results(self) -> tuple[CheckResult, ...]:
        """What each check found, in the order of their declaration; nothing before `finish`."""
        return tuple(
            CheckResult(check.label, check.action, self._rows, int(not finding.passes), observed=finding.observed)
            for (check, _), finding in zip(self._checks, self._findings, strict=False)
        )

    def close(self) -> None:
        """Give memory and disk space back; idempotent."""
        for _, measure in self._checks:
            measure.close()


def _shrunk(check: NoShrink, rows: int, before: int | None) -> Finding:
    if before is None:
        return Finding(True, f"{rows:,} rows, with no load before")
    least = before * (1 - Fraction(repr(check.max_shrink_rate)))
    wanted = f"at least {-(-least.numerator // least.denominator):,}"
    return Finding(rows >= least, f"{rows:,} rows after {before:,}", wanted)
