"""One check over some batches: which rows it takes out."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from conduit.quality.checker import Checker
from conduit.quality.model import Check


def failing_rows(check: Check, batches: Sequence[pa.RecordBatch]) -> list[int]:
    """Numbers, over all batches, of the rows that a check with `action: dlq` rejects."""
    checker = Checker([check], with_numbers(batches[0], 0).schema)
    failed, start = [], 0
    for batch in batches:
        numbered = with_numbers(batch, start)
        verdict = checker.judge(numbered)
        rejected = verdict.rejected.rows["#"].to_pylist() if verdict.rejected else []
        assert sorted([*verdict.passed["#"].to_pylist(), *rejected]) == numbered["#"].to_pylist()
        assert (verdict.passed is numbered) == (not rejected)
        failed += rejected
        start += batch.num_rows
    (result,) = checker.results()
    assert (result.evaluated, result.failed) == (start, len(failed))
    checker.close()
    return failed


def with_numbers(batch: pa.RecordBatch, start: int) -> pa.RecordBatch:
    return batch.append_column("#", pa.array(range(start, start + batch.num_rows), pa.int64()))


def column(values: Sequence[object], kind: pa.DataType) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array(values, kind)], names=["x"])
