"""What became of a structure: the columns that differ between two schemas, and which of them may be one renamed."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import pyarrow as pa

from conduit.core.lattice import holds
from conduit.core.position import Json
from conduit.core.types import type_name
from conduit.schema.renames import Rename, probable_renames

__all__ = ["ColumnDrift", "Drift", "Kind", "Rename", "drift"]

Kind: TypeAlias = Literal["added", "removed", "widened", "narrowed", "retyped", "nullable", "required", "moved"]
_KINDS: tuple[Kind, ...] = ("added", "removed", "widened", "narrowed", "retyped", "nullable", "required", "moved")
_MOST_NAMES = 5

# A name and how often it came before: a schema may have a name twice.
_Key: TypeAlias = tuple[str, int]


@dataclass(frozen=True, slots=True)
class ColumnDrift:
    """One thing that became of a column; `old` is None where it was added, `new` where it was removed."""

    name: str
    kind: Kind
    old: pa.Field | None
    new: pa.Field | None


@dataclass(frozen=True, slots=True)
class Drift:
    """All that became of a schema, false where that is nothing; `renames` are guesses about added and removed columns.

    A column has several entries where several things became of it: it may be retyped and nullable.
    """

    columns: tuple[ColumnDrift, ...] = ()
    renames: tuple[Rename, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.columns)

    def as_dict(self) -> dict[str, Json]:
        """The same as JSON."""
        return {
            "columns": [
                {"name": column.name, "kind": column.kind, "old": _as_json(column.old), "new": _as_json(column.new)}
                for column in self.columns
            ],
            "renames": [{"old": rename.old, "new": rename.new, "likeness": rename.likeness} for rename in self.renames],
        }

    def one_line(self) -> str:
        """Counts and the first names, like `2 added (a, b), 1 widened (c: int32 -> int64)`."""
        return ", ".join(_of_kind(kind, self.columns) for kind in _KINDS if _any(kind, self.columns)) or "unchanged"


def drift(old: pa.Schema, new: pa.Schema, *, likeness: Callable[[str, str], float] | None = None) -> Drift:
    """What has to become of `old` to be `new`: nothing if and only if names, order, types and nullability are equal.

    `likeness` tells from 0 to 1 how much the values of an old column are like those of a new one, where that is known.
    """
    before, after = _by_key(old), _by_key(new)
    moved = _moved([key for key in before if key in after], after)
    columns: list[ColumnDrift] = []
    for key, field in before.items():
        if key not in after:
            columns.append(ColumnDrift(field.name, "removed", field, None))
            continue
        columns += [ColumnDrift(field.name, kind, field, after[key]) for kind in _changes(field, after[key])]
        if key in moved:
            columns.append(ColumnDrift(field.name, "moved", field, after[key]))
    added = [field for key, field in after.items() if key not in before]
    columns += [ColumnDrift(field.name, "added", None, field) for field in added]
    removed = [field for key, field in before.items() if key not in after]
    return Drift(tuple(columns), probable_renames(removed, added, likeness))


def _changes(old: pa.Field, new: pa.Field) -> Iterator[Kind]:
    if not old.type.equals(new.type):
        yield "widened" if holds(new.type, old.type) else "narrowed" if holds(old.type, new.type) else "retyped"
    if old.nullable != new.nullable:
        yield "nullable" if new.nullable else "required"


def _by_key(schema: pa.Schema) -> dict[_Key, pa.Field]:
    seen: Counter[str] = Counter()
    found = {}
    for field in schema:
        found[field.name, seen[field.name]] = field
        seen[field.name] += 1
    return found


def _moved(common: list[_Key], after: Mapping[_Key, pa.Field]) -> set[_Key]:
    """As few columns as can be that stand elsewhere: all but a longest run of those whose order is what it was."""
    place = {key: number for number, key in enumerate(after)}
    ends: list[int] = []  # the least place at which a run of that length ends
    lengths = []
    for key in common:
        length = bisect_left(ends, place[key])
        ends[length : length + 1] = [place[key]]
        lengths.append(length)
    stay, wanted = set(), len(ends) - 1
    bound = len(place)
    for key, length in zip(reversed(common), reversed(lengths)):
        if length == wanted and place[key] < bound:
            stay.add(key)
            wanted, bound = wanted - 1, place[key]
    return set(common) - stay


def _as_json(field: pa.Field | None) -> Json:
    return None if field is None else {"type": type_name(field.type), "nullable": field.nullable}


def _any(kind: Kind, columns: Iterable[ColumnDrift]) -> bool:
    return any(column.kind == kind for column in columns)


def _of_kind(kind: Kind, columns: Iterable[ColumnDrift]) -> str:
    shown = [_shown(column) for column in columns if column.kind == kind]
    more = len(shown) - _MOST_NAMES
    listed = ", ".join(shown if more <= 0 else [*shown[:_MOST_NAMES], f"{more} more"])
    return f"{len(shown)} {kind} ({listed})"


def _shown(column: ColumnDrift) -> str:
    if column.kind in ("widened", "narrowed", "retyped") and column.old and column.new:
        return f"{column.name}: {type_name(column.old.type)} -> {type_name(column.new.type)}"
    return column.name
