"""What looks at the rows of a resource that will be written: its table checks and its profile, in the same pass."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow as pa

from conduit.errors import FatalError
from conduit.quality.complaint import complaint

if TYPE_CHECKING:
    from conduit.quality.profile.profiler import Profiler
    from conduit.quality.profile.summary import Profile
    from conduit.quality.table_checks import TableChecks
    from conduit.quality.verdict import CheckResult


class Observer:
    """Takes every batch that passes; several threads may. `checks` None: there are none. `profiler` None: it is off."""

    def __init__(self, checks: TableChecks | None, profiler: Profiler | None) -> None:
        self._checks = checks
        self._profiler = profiler
        self._profile: Profile | None = None

    def observe(self, batch: pa.RecordBatch) -> None:
        """Look at rows that will be written; the batch is left as it is."""
        if self._checks is not None:
            with _native_failures("table checks", "Leave out one check after the other to find the one that fails."):
                self._checks.add(batch)
        if self._profiler is not None:
            with _native_failures("profile", "Set `profile: false` to load without it."):
                self._profiler.look(batch)

    def finish(self) -> None:
        """Judge all rows together. Raises QualityError when a table check with `action: fail` fails."""
        if self._profiler is not None:
            with _native_failures("profile", "Set `profile: false` to load without it."):
                self._profile = self._profiler.profile()
        if self._checks is not None:
            self._checks.finish()

    def results(self) -> tuple[CheckResult, ...]:
        """What the table checks found; nothing before `finish`."""
        return self._checks.results() if self._checks is not None else ()

    def profile(self) -> Profile | None:
        """The profile of all rows; None before `finish`, and where it is off."""
        return self._profile

    def close(self) -> None:
        """Give memory and disk space back; idempotent."""
        if self._checks is not None:
            self._checks.close()


@contextmanager
def _native_failures(what: str, remedy: str) -> Iterator[None]:
    """Polars reports a defect of its own as a panic, which is no Exception: let nothing of that kind escape."""
    try:
        yield
    except BaseException as failed:
        native = isinstance(failed, pa.ArrowException) or type(failed).__module__.startswith(("polars", "pyo3"))
        if not native:
            raise
        raise FatalError(f"The {what} could not be computed: {complaint(str(failed))}.", remedy=remedy) from failed
