"""Which column that is gone may be which that is new: by name, type and, where it is known, by the values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import pyarrow as pa

from conduit.core.lattice import holds
from conduit.schema.naming import words_of

_LEAST = 0.65
# A type that became wider speaks for one column less than an equal one does.
_WIDER = 0.7
_NAME, _TYPE = 0.75, 0.25
_NAME_AMONG_VALUES, _TYPE_AMONG_VALUES, _VALUES = 0.35, 0.15, 0.5


@dataclass(frozen=True, slots=True)
class Rename:
    """A removed and an added column that may be one; `likeness` from 0 to 1."""

    old: str
    new: str
    likeness: float


def probable_renames(
    removed: Sequence[pa.Field], added: Sequence[pa.Field], likeness: Callable[[str, str], float] | None = None
) -> tuple[Rename, ...]:
    """The likeliest pairs of a removed and an added column, the likeliest first, each column in one pair at most.

    Their types are equal, or the new one holds the old. `likeness` compares the values of two columns by name.
    """
    found = []
    for old_place, old in enumerate(removed):
        matcher = SequenceMatcher(autojunk=False)
        matcher.set_seq2(_spelled(old.name))
        for new_place, new in enumerate(added):
            alike = _type_likeness(old.type, new.type)
            if not alike:
                continue
            matcher.set_seq1(_spelled(new.name))
            score = _score(matcher, alike, None if likeness is None else likeness(old.name, new.name))
            if score >= _LEAST:
                found.append((-score, old_place, new_place))
    return tuple(
        Rename(removed[old].name, added[new].name, round(-score, 3)) for score, old, new in _disjoint(sorted(found))
    )


def _score(matcher: SequenceMatcher[str], types: float, values: float | None) -> float:
    of_name, of_type = (_NAME, _TYPE) if values is None else (_NAME_AMONG_VALUES, _TYPE_AMONG_VALUES)
    known = of_type * types + (0.0 if values is None else _VALUES * min(max(values, 0.0), 1.0))
    # Most pairs are nothing alike, and their lengths or letters say so at once.
    for at_most in (matcher.real_quick_ratio, matcher.quick_ratio):
        if known + of_name * at_most() < _LEAST:
            return 0.0
    return known + of_name * matcher.ratio()


def _type_likeness(old: pa.DataType, new: pa.DataType) -> float:
    if old.equals(new):
        return 1.0
    return _WIDER if holds(new, old) else 0.0


def _spelled(name: str) -> str:
    """The words of a name without what only parts them, so that `CustomerID` is `customer_id`."""
    return " ".join(words_of(name)) or name


def _disjoint(pairs: Sequence[tuple[float, int, int]]) -> list[tuple[float, int, int]]:
    """The first pairs that have no column in common with one before them."""
    taken: tuple[set[int], set[int]] = set(), set()
    kept = []
    for score, old, new in pairs:
        if old not in taken[0] and new not in taken[1]:
            taken[0].add(old)
            taken[1].add(new)
            kept.append((score, old, new))
    return kept
