"""The rejects of runs in numbers: how many, why, how old, how much of them has been sent again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from conduit.dlq.catalog import RejectRun
from conduit.dlq.reading import kinds_of, read_groups


@dataclass(frozen=True, slots=True)
class RunOverview:
    """The rejects of one run of one resource.

    `reasons` counts them by check, or by code where no check did it, the commonest first. `replayed` were sent again;
    of those that are `left`, the `unparsed` never were rows and need an edited file. `at` is when the last of them
    was rejected.
    """

    run: RejectRun
    rows: int
    replayed: int
    unparsed: int
    reasons: tuple[tuple[str, int], ...]
    at: datetime
    size: int

    @property
    def left(self) -> int:
        return self.rows - self.replayed

    def as_dict(self) -> dict[str, Any]:
        """A JSON-able form."""
        return {
            "resource": self.run.resource,
            "run_id": self.run.run_id,
            "folder": str(self.run.folder),
            "rows": self.rows,
            "replayed": self.replayed,
            "left": self.left,
            "unparsed": self.unparsed,
            "reasons": dict(self.reasons),
            "at": self.at.isoformat(),
            "bytes": self.size,
        }


def overview_of(
    run: RejectRun, check: str | None = None, replayed: Mapping[str, pa.BooleanArray] | None = None
) -> RunOverview | None:
    """One run's rejects in numbers, of all or of one check or code; None when there are none of that."""
    rows = sent = unparsed = 0
    reasons: Counter[str] = Counter()
    last: datetime | None = None
    for file in run.files:
        kinds = kinds_of(file, check, replayed or {})
        rows += kinds.meant.true_count
        sent += pc.and_(kinds.meant, kinds.replayed).true_count
        unparsed += pc.and_(kinds.left, kinds.unparsed).true_count
        for group in read_groups(file, ("code", "check", "at")):
            meant = kinds.meant.slice(group.first, group.table.num_rows)
            table = group.table.filter(meant)
            for entry in pc.coalesce(table["check"], table["code"]).value_counts().to_pylist():
                reasons[entry["values"]] += entry["counts"]
            latest = pc.max(table["at"]).as_py()
            last = latest if last is None or (latest is not None and latest > last) else last
    if last is None:
        return None
    return RunOverview(run, rows, sent, unparsed, tuple(reasons.most_common()), last, run.size)


def overviews_of(
    runs: Iterable[RejectRun], check: str | None = None, replayed: Mapping[str, pa.BooleanArray] | None = None
) -> list[RunOverview]:
    """The overviews of all runs that have such rejects."""
    found = (overview_of(run, check, replayed) for run in runs)
    return [overview for overview in found if overview is not None]
