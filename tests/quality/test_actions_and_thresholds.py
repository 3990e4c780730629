"""What a failing row causes is the user's decision: stop the run, keep the row aside, or only say so."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from conduit.core.reject import REASONS_SCHEMA
from conduit.errors import FatalError, QualityError
from conduit.quality.checker import Checker
from conduit.quality.model import Check, Enum, NotNull, Range, Regex, Unique

_SCHEMA = pa.schema([("id", pa.int64()), ("code", pa.string()), ("amount", pa.float64())])
_ROWS: list[dict[str, Any]] = [
    {"id": 1, "code": "A", "amount": 1.0},
    {"id": 2, "code": "B", "amount": -1.0},
    {"id": 2, "code": None, "amount": -2.0},
    {"id": 4, "code": "Z", "amount": 4.0},
]
_BATCH = pa.RecordBatch.from_pylist(_ROWS, schema=_SCHEMA)
_CLEAN = _BATCH.slice(0, 1)


def _checker(*checks: Check, **limits: Any) -> Checker:
    return Checker(checks, _SCHEMA, **limits)


def test_a_clean_batch_is_passed_on_untouched() -> None:
    verdict = _checker(Unique(columns="id"), NotNull(column="code"), Range(column="amount", min=0)).judge(_CLEAN)
    assert verdict.passed is _CLEAN
    assert (verdict.rejected, verdict.failures) == (None, {})


def test_warn_passes_every_row_and_counts_them() -> None:
    checker = _checker(Range(column="amount", min=0, action="warn"))
    verdict = checker.judge(_BATCH)
    assert verdict.passed is _BATCH
    assert (verdict.rejected, verdict.failures) == (None, {"range(amount)": 2})
    checker.finish()
    (result,) = checker.results()
    assert (result.evaluated, result.failed, result.rate, result.samples) == (4, 2, 0.5, ("-1", "-2"))


def test_dlq_takes_rows_out_as_they_are_with_all_their_reasons() -> None:
    """The reason that decides is the first with `action: dlq`, though the row also got a warning before it."""
    checker = _checker(
        Range(column="amount", min=0, action="warn"),
        Unique(columns="id", action="dlq"),
        Enum(column="code", allowed_values=["A", "B"], action="dlq", name="known code"),
        NotNull(column="code", action="dlq"),
    )
    verdict = checker.judge(_BATCH)
    assert verdict.passed.to_pylist() == _ROWS[:2]
    assert verdict.rejected is not None
    assert verdict.rejected.rows.schema == _SCHEMA
    assert verdict.rejected.rows.to_pylist() == _ROWS[2:]
    assert verdict.rejected.reasons.schema == REASONS_SCHEMA
    assert verdict.rejected.reasons.to_pylist() == [
        {
            "stage": "check",
            "code": "unique",
            "check": "unique(id)",
            "column": "id",
            "value": "2",
            "message": "id has appeared before; code is NULL; amount is less than 0",
        },
        {
            "stage": "check",
            "code": "enum",
            "check": "known code",
            "column": "code",
            "value": "Z",
            "message": "code is not one of A, B",
        },
    ]


def test_the_value_of_the_deciding_check_stands_even_when_it_is_null() -> None:
    checker = _checker(NotNull(column="code", action="dlq"), Range(column="amount", min=0, action="dlq"))
    rejected = checker.judge(_BATCH).rejected
    assert rejected is not None
    assert rejected.reasons["value"].to_pylist() == ["-1", None]


def test_fail_says_which_rows_and_outweighs_the_dlq() -> None:
    checker = _checker(Enum(column="code", allowed_values=["A"], action="dlq"), Range(column="amount", min=0))
    with pytest.raises(QualityError) as caught:
        checker.judge(_BATCH)
    said = str(caught.value)
    assert "range(amount): amount is less than 0: 2 of 4 rows failed" in said
    assert "'-1', '-2'" in said
    assert "id='2', code='B', amount='-1'" in said
    assert caught.value.exit_code == 3
    assert [result.failed for result in checker.results()] == [2, 2]


def test_more_failures_than_a_check_tolerates_end_the_run_at_once() -> None:
    checker = _checker(Range(column="amount", min=0, action="dlq", max_failures=3))
    checker.judge(_BATCH)
    with pytest.raises(QualityError, match=r"range\(amount\): 4 rows, at most 3 may"):
        checker.judge(_BATCH)


def test_a_rate_is_judged_at_the_end_when_it_is_known() -> None:
    checker = _checker(Range(column="amount", min=0, action="warn", max_failure_rate=0.4))
    checker.judge(_BATCH)
    with pytest.raises(QualityError, match=r"2 of 4 rows \(50.00%\), at most 40.00% may"):
        checker.finish()
    checker.judge(_CLEAN)
    checker.finish()


def test_the_resource_counts_rows_not_failures() -> None:
    """Three of the four rows fail, though five failures are found."""
    checks = (
        Range(column="amount", min=0, action="warn"),
        NotNull(column="code", action="warn"),
        Regex(column="code", pattern="^[A-B]$", action="dlq"),
        Unique(columns="id", action="dlq"),
    )
    _checker(*checks, max_failures=3).judge(_BATCH)
    with pytest.raises(QualityError, match="all checks: 3 rows, at most 2 may"):
        _checker(*checks, max_failures=2).judge(_BATCH)
    checker = _checker(*checks, max_failure_rate=0.7)
    checker.judge(_BATCH)
    with pytest.raises(QualityError, match="all checks: 3 of 4 rows"):
        checker.finish()


def test_no_rows_pass_every_check() -> None:
    checker = _checker(NotNull(column="id"), Range(column="amount", min=0, action="warn", max_failure_rate=0))
    empty = _BATCH.slice(0, 0)
    assert checker.judge(empty).passed is empty
    checker.finish()
    assert checker.results()[0].rate == 0.0


def test_all_rows_may_be_rejected() -> None:
    verdict = _checker(Range(column="amount", min=100, action="dlq")).judge(_BATCH)
    assert verdict.passed.num_rows == 0
    assert verdict.passed.schema == _SCHEMA
    assert verdict.rejected is not None
    assert verdict.rejected.rows.equals(_BATCH)


def test_a_check_that_cannot_be_computed_is_fatal() -> None:
    other = pa.RecordBatch.from_pylist([{"id": 1, "code": {"not": "text"}, "amount": 1.0}])
    with pytest.raises(FatalError, match="could not be computed"):
        _checker(Regex(column="code", pattern="A", action="warn")).judge(other)
