"""The contract at work on a batch: columns that have no place are left out, or make their rows rejects."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from conduit.core.exact_casts import decoded
from conduit.core.reject import REASONS_SCHEMA, Rejected
from conduit.core.rows import filter_rows
from conduit.schema.reconcile import Reconciled
from conduit.schema.shown import shown_values

_GONE = "the table is gone, and the contract does not let it be made again"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Rows that had a value in a column which is not carried."""

    column: str
    count: int


@dataclass(frozen=True, slots=True)
class Gated:
    """The rows that pass, without the columns that have no place, those that do not, and what was left out."""

    passed: pa.RecordBatch
    rejected: Rejected | None = None
    left_out: tuple[LeftOut, ...] = ()


class Gate:
    """What a contract lets through of batches of one schema. `schema` is what passes."""

    def __init__(self, source: pa.Schema, reconciled: Reconciled) -> None:
        self._left_out = reconciled.left_out
        self._rejecting = reconciled.rejecting
        self._reject_all = reconciled.reject_all
        barred = {*self._left_out, *self._rejecting}
        self.schema = pa.schema([field for field in source if field.name not in barred])

    def apply(self, batch: pa.RecordBatch) -> Gated:
        """The batch behind the gate, its rows in order."""
        rejected = self._rejected(batch)
        if rejected is not None:
            lost = pc.is_in(pa.arange(0, batch.num_rows), rejected.numbers)
            batch = filter_rows(batch, pc.invert(lost))
        counted = (LeftOut(name, _values_in(batch, name)) for name in self._left_out)
        passed = batch.select(self.schema.names).replace_schema_metadata(None)
        return Gated(passed, rejected, tuple(column for column in counted if column.count))

    def _rejected(self, batch: pa.RecordBatch) -> Rejected | None:
        count = batch.num_rows
        if self._reject_all:
            nothing = pa.nulls(count, pa.string())
            return _rejected(batch, pa.repeat(True, count), nothing, nothing, pa.repeat(_GONE, count))
        bad = pa.repeat(False, count)
        column = value = pa.nulls(count, pa.string())
        for name in self._rejecting:
            values = decoded(batch.column(name))
            fresh = pc.and_not(pc.is_valid(values), bad)
            column = pc.if_else(fresh, name, column)
            value = pc.if_else(fresh, shown_values(values, fresh), value)
            bad = pc.or_(bad, fresh)
        if not bad.true_count:
            return None
        message = pc.binary_join_element_wise("the table has no column '", column, "'", "")
        return _rejected(batch, bad, column, value, message)


def gate_of(source: pa.Schema, reconciled: Reconciled) -> Gate | None:
    """The gate of a load; None where all that comes has a place."""
    needed = reconciled.left_out or reconciled.rejecting or reconciled.reject_all
    return Gate(source, reconciled) if needed else None


def _rejected(batch: pa.RecordBatch, bad: pa.Array, column: pa.Array, value: pa.Array, message: pa.Array) -> Rejected:
    lost = filter_rows(batch, bad)
    column, value, message = (part.filter(bad) for part in (column, value, message))
    stage, code = (pa.array([text] * len(lost), pa.string()) for text in ("conform", "contract"))
    nothing = pa.nulls(len(lost), pa.string())
    reasons = pa.RecordBatch.from_arrays([stage, code, nothing, column, value, message], schema=REASONS_SCHEMA)
    return Rejected(lost, reasons, pc.indices_nonzero(bad).cast(pa.int64()))


def _values_in(batch: pa.RecordBatch, name: str) -> int:
    values = decoded(batch.column(name))
    return len(values) - int(values.null_count)
