"""All row checks of a resource over its batches: one pass, and a clean batch flows on untouched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from operator import or_
from pathlib import Path

import pyarrow as pa

from conduit.core.rows import filter_rows, take_rows
from conduit.errors import ConfigError, QualityError
from conduit.quality.condition import Condition
from conduit.quality.conditions import compile_check
from conduit.quality.elsewhere import Elsewhere
from conduit.quality.finder import Finder, native_failures
from conduit.quality.model import AnyRowCheck
from conduit.quality.reasons import Failure, as_text, offending_text, reject
from conduit.quality.tally import Tally
from conduit.quality.verdict import CheckResult, Verdict

FindElsewhere = Callable[[AnyRowCheck], Elsewhere | None]

_SHOWN_VALUES = 5
_SHOWN_COLUMNS = 6
_SAMPLE_LENGTH = 200


class Checker:
    """The checks of one resource, compiled once; several threads may judge batches at the same time.

    `elsewhere` finds the keys that are not in the batches: those of another source, for `references`, and those of the
    destination, for `unique`. `memory` bounds what is kept of keys before `spill_directory` is used (None: the system's
    folder for temporary files). `max_failures` and `max_failure_rate` count rows that fail any check. Raises
    ConfigError when a check names a column, a type or a value that cannot be.
    """

    def __init__(
        self,
        checks: Sequence[AnyRowCheck],
        schema: pa.Schema,
        *,
        elsewhere: FindElsewhere | None = None,
        spill_directory: Path | None = None,
        memory: int = 128 << 20,
        max_failures: int | None = None,
        max_failure_rate: float | None = None,
    ) -> None:
        conditions = _compiled(checks, schema, elsewhere)
        self._finder = Finder(conditions, memory, spill_directory)
        self._tally = Tally(conditions, max_failures, max_failure_rate)

    def read_keys(self) -> None:
        """Read the keys that checks compare with and that are elsewhere; else the first batch waits for that."""
        self._finder.read_keys()

    def judge(self, batch: pa.RecordBatch) -> Verdict:
        """Check every row of the batch.

        Raises QualityError when a check with `action: fail` fails, or more rows failed than are tolerated, and
        FatalError when the checks themselves cannot be computed.
        """
        with native_failures():
            failures = self._finder.failures(batch) if batch.num_rows else []
            if not failures:
                self._tally.add(batch.num_rows)
                return Verdict(batch)
            return self._sort_out(batch, failures)

    def results(self) -> tuple[CheckResult, ...]:
        """What each check found so far, in the order of their declaration."""
        return self._tally.results()

    def finish(self) -> None:
        """Raise QualityError when, of all rows, more failed than are tolerated."""
        self._tally.require_tolerable(at_end=True)

    def close(self) -> None:
        """Give memory and disk space back; idempotent."""
        self._finder.close()

    def _sort_out(self, batch: pa.RecordBatch, failures: list[Failure]) -> Verdict:
        counts = {failure.number: int(failure.rows.sum()) for failure in failures}
        samples = {failure.number: _first_values(batch, failure) for failure in failures}
        failed_rows = int(reduce(or_, [failure.rows for failure in failures]).sum())
        self._tally.add(batch.num_rows, failed_rows, counts, samples)
        for failure in failures:
            if failure.condition.check.action == "fail":
                raise _failed(batch, failure, counts[failure.number], samples[failure.number])
        self._tally.require_tolerable()
        named: dict[str, int] = {}
        for failure in failures:
            label = failure.condition.check.label
            named[label] = named.get(label, 0) + counts[failure.number]
        by_weight = sorted(failures, key=lambda failure: failure.condition.check.action != "dlq")
        aside = [failure.rows for failure in by_weight if failure.condition.check.action == "dlq"]
        if not aside:
            return Verdict(batch, None, named)
        rows = reduce(or_, aside)
        return Verdict(filter_rows(batch, (~rows).to_arrow()), reject(batch, rows, by_weight), named)


def _compiled(checks: Sequence[AnyRowCheck], schema: pa.Schema, elsewhere: FindElsewhere | None) -> list[Condition]:
    compiled, problems = [], []
    for check in checks:
        try:
            compiled.append(compile_check(check, schema, elsewhere(check) if elsewhere else None))
        except ConfigError as problem:
            problems.append(problem)
    if len(problems) == 1:
        raise problems[0]
    if problems:
        lines = [f"{problem.place}: {problem.message} {problem.remedy}".rstrip() for problem in problems]
        raise ConfigError(f"{len(problems)} checks do not fit the data.", problems=lines)
    return compiled


def _first_values(batch: pa.RecordBatch, failure: Failure) -> tuple[str, ...]:
    rows = take_rows(batch, failure.rows.arg_true().head(_SHOWN_VALUES).to_arrow())
    texts = offending_text(failure.condition, rows).to_pylist()
    return tuple("NULL" if text is None else text[:_SAMPLE_LENGTH] for text in texts)


def _failed(batch: pa.RecordBatch, failure: Failure, count: int, values: tuple[str, ...]) -> QualityError:
    first = batch.slice(int(failure.rows.arg_true()[0]), 1)
    cells = [
        f"{name}={_shown(as_text(column)[0].as_py())}"
        for name, column in zip(first.schema.names, first.columns, strict=True)
        if not pa.types.is_nested(column.type)
    ][:_SHOWN_COLUMNS]
    more = ", ..." if first.num_columns > _SHOWN_COLUMNS else ""
    found = ", ".join(map(repr, values)) + (", ..." if count > len(values) else "")
    return QualityError(
        f"{failure.condition.message}: {count:,} of {batch.num_rows:,} rows failed when the first was found, with "
        f"{found}. The first row: {', '.join(cells)}{more}.",
        place=failure.condition.check.label,
        remedy="Nothing was loaded. Correct the data, or keep such rows aside with `action: dlq`.",
    )


def _shown(text: str | None, most: int = 60) -> str:
    if text is None:
        return "NULL"
    return f"'{text}'" if len(text) <= most else f"'{text[:most]}...'"
