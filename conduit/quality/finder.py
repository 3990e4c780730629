"""Finding the rows of a batch where checks fail: one select for all expressions, then what needs more than the row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, cast

import pyarrow as pa
import pyarrow.compute as pc

from conduit.errors import ConduitError, FatalError
from conduit.quality.complaint import complaint
from conduit.quality.condition import Condition, slot
from conduit.quality.key_frame import key_frame, over_all
from conduit.quality.reasons import Failure
from conduit.quality.unique import UniqueKeys

if TYPE_CHECKING:
    import polars as pl


class Finder:
    """What the conditions need beyond a batch, and what they find in one; several threads may ask at once.

    `memory` bounds what is kept of keys, of all conditions together, before `spill_directory` is used.
    """

    def __init__(self, conditions: Sequence[Condition], memory: int, spill_directory: Path | None) -> None:
        self._conditions = conditions
        self._expressions = [(i, c.fails) for i, c in enumerate(conditions) if c.fails is not None]
        keyed = [condition for condition in conditions if condition.form in ("key", "member")]
        self._keys = {id(condition): UniqueKeys(memory // len(keyed), spill_directory) for condition in keyed}
        self._unread = [condition for condition in keyed if condition.keys is not None]
        self._reading = Lock()

    def read_keys(self) -> None:
        """Read the keys that are elsewhere, if that has not been done; the first batch does it at the latest."""
        with self._reading, native_failures():
            while self._unread:
                condition = self._unread[-1]
                assert condition.keys is not None
                keys = self._keys[id(condition)]
                for frame in condition.keys.frames():
                    keys.repeats(frame)
                if condition.form == "member":
                    keys.settle()
                self._unread.pop()

    def failures(self, batch: pa.RecordBatch) -> list[Failure]:
        """The conditions that fail in some row of the batch, in their order."""
        if self._unread:
            self.read_keys()
        masks = self._computed(batch) if self._expressions else {}
        for i, condition in enumerate(self._conditions):
            failed: pl.Series | None = None
            match condition.form:
                case "nulls":
                    values = condition.columns[0].values(batch)
                    failed = _polars(values.is_null()) if values.null_count else None
                case "kernel" if condition.kernel is not None:
                    failed = _polars(pc.fill_null(condition.kernel(condition.columns[0].values(batch)), False))
                case "key":
                    failed = self._repeats(condition, batch)
                case "member":
                    failed = self._unknown(condition, batch)
            if failed is not None and failed.any():
                masks[i] = failed
        return [Failure(i, condition, masks[i]) for i, condition in enumerate(self._conditions) if i in masks]

    def close(self) -> None:
        """Give memory and disk space back; idempotent."""
        for keys in self._keys.values():
            keys.close()

    def _computed(self, batch: pa.RecordBatch) -> dict[int, pl.Series]:
        frame = self._looked_at(batch)
        try:
            answers = frame.select(fails.fill_null(False).alias(str(i)) for i, fails in self._expressions)
        except Exception as failed:
            raise self._culprit(frame, failed) from failed
        if answers.height != batch.num_rows:
            raise self._culprit(frame, ValueError("not one answer for each row"))
        return {int(mask.name): mask for mask in answers.iter_columns() if mask.any()}

    def _culprit(self, frame: pl.DataFrame, failed: Exception) -> FatalError:
        """An error that names the check whose expression fails when it is computed alone."""
        for i, fails in self._expressions:
            try:
                if frame.select(fails.alias(str(i))).height == frame.height:
                    continue
                said = str(failed)
            except Exception as alone:
                said = str(alone)
            return FatalError(
                f"The check could not be computed: {complaint(said)}.",
                place=self._conditions[i].check.label,
                remedy="Correct the check, or leave it out.",
            )
        return not_computed(failed)

    def _looked_at(self, batch: pa.RecordBatch) -> pl.DataFrame:
        """The columns that the expressions name, and no others."""
        import polars as pl

        columns: dict[str, pa.Array] = {}
        for i, _ in self._expressions:
            condition = self._conditions[i]
            for column in condition.columns:
                if condition.form == "whole":
                    columns.setdefault(batch.schema.names[column.path[0]], batch.column(column.path[0]))
                elif slot(column) not in columns:
                    columns[slot(column)] = column.plain(batch)
        return cast("pl.DataFrame", pl.from_arrow(pa.RecordBatch.from_pydict(columns)))

    def _repeats(self, condition: Condition, batch: pa.RecordBatch) -> pl.Series | None:
        keys, known = key_frame([column.plain(batch) for column in condition.columns])
        repeats = self._keys[id(condition)].repeats(keys) if len(keys) else None
        return None if repeats is None else over_all(repeats, known)

    def _unknown(self, condition: Condition, batch: pa.RecordBatch) -> pl.Series | None:
        keys, known = key_frame([column.plain(batch) for column in condition.columns])
        return over_all(~self._keys[id(condition)].known(keys), known) if len(keys) else None


@contextmanager
def native_failures() -> Iterator[None]:
    """Polars reports a defect of its own as a panic, which is no Exception: let nothing of that kind escape."""
    import polars as pl

    try:
        yield
    except ConduitError:
        raise
    except (pl.exceptions.PanicException, pl.exceptions.PolarsError, pa.ArrowException) as failed:
        raise not_computed(failed) from failed


def not_computed(failed: BaseException) -> FatalError:
    """The error of checks that a library could not compute."""
    return FatalError(
        f"The checks could not be computed: {complaint(str(failed))}.",
        remedy="Leave out one check after the other to find the one that fails.",
    )


def _polars(mask: pa.Array) -> pl.Series:
    import polars as pl

    return cast("pl.Series", pl.from_arrow(mask))
