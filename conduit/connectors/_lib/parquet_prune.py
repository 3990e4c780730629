"""Row groups that a filter excludes by their statistics, so that they need not be read.

Only a proof excludes: without statistics, or with a type that does not compare, a row group is read and the engine
filters its rows. Reading too much is slow, never wrong.
"""

from __future__ import annotations

import operator
from typing import Any

import pyarrow.parquet as pq

from conduit.sdk import Comparison, IsNull, Predicate

_COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def may_match(group: pq.RowGroupMetaData, predicate: Predicate | None) -> bool:
    """Whether any row of the group can pass all conjuncts that were understood."""
    if predicate is None:
        return True
    columns = {group.column(i).path_in_schema: group.column(i) for i in range(group.num_columns)}
    return all(_possible(columns.get(part.column), part, group.num_rows) for part in predicate.pushable)


def _possible(column: Any, part: Comparison | IsNull, rows: int) -> bool:
    statistics = column.statistics if column is not None and column.is_stats_set else None
    if statistics is None:
        return True
    if isinstance(part, IsNull):
        if not statistics.has_null_count:
            return True
        return bool(statistics.null_count < rows if part.negated else statistics.null_count > 0)
    if not statistics.has_min_max:
        return True
    low: Any = statistics.min
    high: Any = statistics.max
    value: Any = part.value
    if type(low) is not type(value) or isinstance(low, float):
        # Floats are left out: NaN is in no statistics, and compares as the greatest in some engines.
        return True
    match part.op:
        case "=":
            return bool(low <= value <= high)
        case "!=":
            return not (low == value == high)
        case "<" | "<=":
            return bool(_COMPARE[part.op](low, value))
        case _:
            return bool(_COMPARE[part.op](high, value))
