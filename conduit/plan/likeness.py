"""How alike the values of two columns are, by their profiles: what makes a rename probable that names do not show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeAlias

Profile: TypeAlias = Mapping[str, Any]
"""A profile as the manifest has it: `rows`, and `columns` with their figures."""

_MASKED = "***"
# With more distinct values than this share of all, which of them are frequent says nothing.
_REPEATED = 0.5


def likeness_of(old: Profile | None, new: Profile | None) -> Callable[[str, str], float] | None:
    """A function that compares a column of `old` with one of `new`, from 0 to 1; None where a profile is missing."""
    if not old or not new or not old.get("rows") or not new.get("rows"):
        return None
    before = {column["name"]: column for column in old["columns"]}
    after = {column["name"]: column for column in new["columns"]}
    rows = old["rows"], new["rows"]

    def alike(one: str, other: str) -> float:
        if one not in before or other not in after:
            return 0.0
        scores = list(_scores(before[one], after[other], rows))
        return sum(scores) / len(scores)

    return alike


def _scores(old: Profile, new: Profile, rows: tuple[int, int]) -> Iterator[float]:
    yield 1 - abs(old["null_count"] / rows[0] - new["null_count"] / rows[1])
    shares = _distinct_share(old), _distinct_share(new)
    if shares[0] is not None and shares[1] is not None:
        yield 1 - abs(shares[0] - shares[1])
        if max(shares[0], shares[1]) <= _REPEATED and not (old.get("masked") or new.get("masked")):
            yield _common(old["most_frequent"], new["most_frequent"])
    for least, most in (("min", "max"), ("min_length", "max_length")):
        ends = [_place(column.get(end)) for column in (old, new) for end in (least, most)]
        if None not in ends:
            yield _overlap(*(end for end in ends if end is not None))


def _distinct_share(column: Profile) -> float | None:
    """Distinct values by the values looked at, as a share; None where nothing is known of them."""
    looked, distinct = column.get("looked_rows"), column.get("distinct_estimate")
    return min(distinct / looked, 1.0) if looked and distinct is not None else None


def _common(old: list[Profile], new: list[Profile]) -> float:
    """How much of what is frequent is the same: 1 where the same values have the same shares."""
    shares = {str(value["value"]): value["share"] for value in old}
    both = sum(min(value["share"], shares.get(str(value["value"]), 0.0)) for value in new)
    most = max(sum(shares.values()), sum(value["share"] for value in new))
    return both / most if most else 0.0


def _overlap(low: float, high: float, other_low: float, other_high: float) -> float:
    """The common part of two ranges, as a share of both together."""
    whole = max(high, other_high) - min(low, other_low)
    if whole <= 0:
        return 1.0
    return max(min(high, other_high) - max(low, other_low), 0.0) / whole


def _place(value: Any) -> float | None:
    """Where a value stands on a scale: numbers, also as text, dates and times; None for what has no scale."""
    if isinstance(value, (int, float)):
        return float(value)
    if not isinstance(value, str) or value == _MASKED:
        return None
    for read in (float, lambda text: datetime.fromisoformat(text).timestamp()):
        try:
            return read(value)
        except ValueError:
            continue
    return None
