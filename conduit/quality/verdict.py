"""What checks say: of a batch, and of a whole run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from conduit.core.reject import Rejected


@dataclass(frozen=True, slots=True)
class Verdict:
    """A batch after its checks. `passed` is the very batch that was judged when no row is rejected.

    `failures` has the number of failing rows of each check that failed, by label, `warn` checks included.
    """

    passed: pa.RecordBatch
    rejected: Rejected | None = None
    failures: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check over all rows so far. `samples` are the first few values that failed, as text.

    A check of the whole load says what it `observed`; it has failed once or not at all.
    """

    label: str
    action: str
    evaluated: int
    failed: int
    samples: tuple[str, ...] = ()
    observed: str = ""

    @property
    def rate(self) -> float:
        """The share of rows that failed, 0 where there were none."""
        return self.failed / self.evaluated if self.evaluated else 0.0
