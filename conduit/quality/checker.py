"""All row checks of a resource over its batches: one pass, and a clean batch flows on untouched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pyarrow as pa

from conduit.errors import ConfigError, FatalError, QualityError
from conduit.quality.complaint import complaint
from conduit.quality.conditions import Condition, compile_check, slot
from conduit.quality.model import Check
from conduit.quality.reasons import Failure, as_text, offending_text, reject
from conduit.quality.rows import filter_rows, take_rows
from conduit.quality.tally import Tally
from conduit.quality.unique import UniqueKeys
from conduit.quality.verdict import CheckResult, Verdict

if TYPE_CHECKING:
    import polars as pl

_SHOWN_VALUES = 5
_SHOWN_COLUMNS = 6
_SAMPLE_LENGTH = 200


class Checker:
    """The checks of one resource, compiled once; several threads may judge batches at the same time.

    `memory` bounds what the `unique` checks keep of their keys before they use `spill_directory` (None: the system's
    folder for temporary files). `max_failures` and `max_failure_rate` count rows that fail any check. Raises
    ConfigError when a check names a column, a type or a value that cannot be.
    """

    def __init__(
        self,
        checks: Sequence[Check],
        schema: pa.Schema,
        *,
        spill_directory: Path | None = None,
        memory: int = 128 << 20,
        max_failures: int | None = None,
        max_failure_rate: float | None = None,
    ) -> None:
        self._conditions = _compiled(checks, schema)
        keyed = [condition for condition in self._conditions if condition.form == "key"]
        self._keys = {id(condition): UniqueKeys(memory // len(keyed), spill_directory) for condition in keyed}
        self._expressions = [
            (i, condition.fails) for i, condition in enumerate(self._conditions) if condition.fails is not None
        ]
        self._tally = Tally(self._conditions, max_failures, max_failure_rate)

    def judge(self, batch: pa.RecordBatch) -> Verdict:
        """Check every row of the batch.

        Raises QualityError when a check with `action: fail` fails, or more rows failed than are tolerated, and
        FatalError when the checks themselves cannot be computed.
        """
        with _native_failures():
            failures = self._failures(batch) if batch.num_rows else []
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
        for keys in self._keys.values():
            keys.close()

    def _failures(self, batch: pa.RecordBatch) -> list[Failure]:
        import polars as pl

        masks: dict[int, pl.Series] = {}
        if self._expressions:
            answers = self._looked_at(batch).select(
                fails.fill_null(False).alias(str(i)) for i, fails in self._expressions
            )
            masks = {int(mask.name): mask for mask in answers.iter_columns() if mask.any()}
        for i, condition in enumerate(self._conditions):
            if condition.form == "nulls":
                values = condition.columns[0].values(batch)
                if values.null_count:
                    masks[i] = cast("pl.Series", pl.from_arrow(values.is_null()))
            elif condition.form == "key":
                repeats = self._repeats(condition, batch)
                if repeats is not None:
                    masks[i] = repeats
        return [Failure(i, condition, masks[i]) for i, condition in enumerate(self._conditions) if i in masks]

    def _looked_at(self, batch: pa.RecordBatch) -> pl.DataFrame:
        """The columns that the expressions name, and no others."""
        import polars as pl

        columns: dict[str, pa.Array] = {}
        for i, _ in self._expressions:
            condition = self._conditions[i]
            for column in condition.columns:
                if condition.form == "whole":
                    columns.setdefault(column.name, batch.column(column.path[0]))
                elif slot(column) not in columns:
                    columns[slot(column)] = column.plain(batch)
        return cast("pl.DataFrame", pl.from_arrow(pa.RecordBatch.from_pydict(columns)))

    def _repeats(self, condition: Condition, batch: pa.RecordBatch) -> pl.Series | None:
        import polars as pl

        columns = {str(i): column.plain(batch) for i, column in enumerate(condition.columns)}
        keys = cast("pl.DataFrame", pl.from_arrow(pa.RecordBatch.from_pydict(columns)))
        known = None
        if any(values.null_count for values in columns.values()):
            known = keys.select(pl.all_horizontal(pl.all().is_not_null()).alias("known"))["known"]
            keys = keys.filter(known)
        truths = [pl.col(name).cast(pl.UInt8) for name, dtype in keys.schema.items() if dtype == pl.Boolean]
        # -0.0 equals 0.0, so it must also hash like it.
        floats = [pl.col(name) + 0.0 for name, dtype in keys.schema.items() if dtype.is_float()]
        keys = keys.with_columns(truths + floats) if truths or floats else keys
        repeats = self._keys[id(condition)].repeats(keys) if len(keys) else None
        if repeats is None or known is None:
            return repeats
        result = ~known & known
        result.scatter(known.arg_true(), repeats)
        return result

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


def _compiled(checks: Sequence[Check], schema: pa.Schema) -> list[Condition]:
    compiled, problems = [], []
    for check in checks:
        try:
            compiled.append(compile_check(check, schema))
        except ConfigError as problem:
            problems.append(problem)
    if len(problems) == 1:
        raise problems[0]
    if problems:
        lines = [f"{problem.place}: {problem.message} {problem.remedy}".rstrip() for problem in problems]
        raise ConfigError(f"{len(problems)} checks do not fit the data.", problems=lines)
    return compiled


@contextmanager
def _native_failures() -> Iterator[None]:
    """Polars reports a defect of its own as a panic, which is no Exception: let nothing of that kind escape."""
    import polars as pl

    try:
        yield
    except (pl.exceptions.PanicException, pl.exceptions.PolarsError, pa.ArrowException) as failed:
        raise FatalError(
            f"The checks could not be computed: {complaint(str(failed))}.",
            remedy="Leave out one check after the other to find the one that fails.",
        ) from failed


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
