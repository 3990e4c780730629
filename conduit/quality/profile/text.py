"""Least and greatest text and its lengths, exact, without looking at more of the values than decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from os.path import commonprefix
from typing import Any, TypeAlias, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Ints: TypeAlias = "np.ndarray[Any, np.dtype[np.intp]]"
Bytes: TypeAlias = "np.ndarray[Any, np.dtype[np.uint8]]"

# An extreme is kept up to here; far more than is shown of it, and a column of huge values stays cheap to hold.
KEPT_BYTES = 1024
# Bytes of candidates for each row from which on comparing all rows with the known extreme is cheaper than a descent.
_DEAR = 2
_DEPTH = 8
_FEW = 16


@dataclass(frozen=True, slots=True)
class Span:
    """Extremes and lengths of text (characters) or bytes; spans add up. Code points compare as their UTF-8 bytes do."""

    low: bytes | None = None
    high: bytes | None = None
    shortest: int | None = None
    longest: int | None = None

    def __add__(self, other: Span) -> Span:
        return Span(
            _of_both(min, self.low, other.low),
            _of_both(max, self.high, other.high),
            _of_both(min, self.shortest, other.shortest),
            _of_both(max, self.longest, other.longest),
        )


def span_of(values: pa.Array, known: Span) -> Span:
    """The span of text or bytes without NULLs. What cannot go beyond what is `known` may be missing in it."""
    if not len(values):
        return Span()
    starts, lengths, data = _places(values)
    shortest, longest = int(lengths.min()), int(lengths.max())
    low, high = _extremes(values, starts, lengths, data, known, shortest, longest)
    is_bytes = pa.types.is_binary(values.type) or pa.types.is_large_binary(values.type)
    if is_bytes or _is_ascii(data, starts, lengths):
        return Span(low, high, shortest, longest)
    return Span(low, high, *_characters(values, lengths, known))


def _places(values: pa.Array) -> tuple[Ints, Ints, Bytes]:
    """Where each value starts, how many bytes it has, and all bytes."""
    _, offsets, data = values.buffers()
    is_large = pa.types.is_large_string(values.type) or pa.types.is_large_binary(values.type)
    offset = np.frombuffer(offsets, np.int64 if is_large else np.int32)
    # Places of numpy's own type are looked up three times as fast as any other.
    places: Ints = offset[values.offset : values.offset + len(values) + 1].astype(np.intp)
    return places[:-1], places[1:] - places[:-1], np.frombuffer(b"" if data is None else data, np.uint8)


def _extremes(
    values: pa.Array, starts: Ints, lengths: Ints, data: Bytes, known: Span, shortest: int, longest: int
) -> tuple[bytes | None, bytes | None]:
    """Comparing text is dear: first bytes, which are cheap to gather, tell for most values that they are no extreme."""
    shared = _shared_prefix(values, known)
    least_known, most_known = (None if end is None else end[len(shared) :] for end in (known.low, known.high))
    if shared:
        starts, lengths = starts + len(shared), lengths - len(shared)
        shortest, longest = shortest - len(shared), longest - len(shared)
    if not longest:
        return shared, shared
    filled = None if shortest else lengths > 0
    first = data.take(starts if filled is None else starts[filled])
    least, most = int(first.min()), int(first.max())
    if longest == 1:
        return shared + bytes([least]) if shortest else shared, shared + bytes([most])
    low = shared if not shortest else None
    places = _Places(values, data, starts, lengths, shared)
    rows = []
    if shortest and (least_known is None or least_known[:1] >= bytes([least])):
        rows.append(places.candidates(np.flatnonzero(first == least), least_known, np.min))
    if most_known is None or most_known[:1] <= bytes([most]):
        greatest = np.flatnonzero(first == most)
        rows.append(
            places.candidates(greatest if filled is None else np.flatnonzero(filled)[greatest], most_known, np.max)
        )
    left = np.concatenate(rows) if rows else np.empty(0, np.intp)
    if not len(left):
        return low, None
    # Candidates of both ends are compared at once: neither can be taken for the other's extreme.
    ends = pc.min_max(values.take(pa.array(left)) if 2 * len(left) < len(values) else values)
    found_low, found_high = (cast("bytes", ends[end].as_buffer().to_pybytes())[:KEPT_BYTES] for end in ("min", "max"))
    return low if low is not None else found_low, found_high


@dataclass(frozen=True, slots=True)
class _Places:
    """Values, all of which begin with `shared`, and where the rest of each lies among their bytes."""

    values: pa.Array
    data: Bytes
    starts: Ints
    lengths: Ints
    shared: bytes

    def candidates(self, rows: Ints, known: bytes | None, pick: Callable[[Any], Any]) -> Ints:
        """Those of the rows, which share their next byte, that may be an extreme beyond the one that is known."""
        if known is not None and len(rows) * len(known) > _DEAR * len(self.lengths) and len(known) < KEPT_BYTES:
            same = pc.equal(self.values, pa.scalar(self.shared + known, pa.binary()).cast(self.values.type))
            left: Ints = rows[~same.to_numpy(zero_copy_only=False)[rows]]
            return left
        return self._descended(rows, _DEPTH if known is None else len(known), pick)

    def _descended(self, rows: Ints, depth: int, pick: Callable[[Any], Any]) -> Ints:
        """Byte after byte, the rows that are still the extreme ones."""
        starts, lengths = self.starts[rows], self.lengths[rows]
        for place in range(1, depth + 1):
            if len(rows) <= _FEW:
                break
            # What ends here is less than all that goes on, and equal to all else that ends here.
            ends = lengths <= place
            if ends.any():
                if pick is np.min or ends.all():
                    return rows[ends][:1]
                rows, starts, lengths = rows[~ends], starts[~ends], lengths[~ends]
            byte = self.data.take(starts + place)
            extreme = byte == pick(byte)
            if not extreme.all():
                rows, starts, lengths = rows[extreme], starts[extreme], lengths[extreme]
        return rows


def _shared_prefix(values: pa.Array, known: Span) -> bytes:
    """What both known extremes begin with, if all of the values do; then only what follows decides."""
    if known.low is None or known.high is None or max(len(known.low), len(known.high)) >= KEPT_BYTES:
        return b""
    shared = commonprefix([known.low, known.high])  # noqa: RUF071 - bytes, not paths
    return shared if shared and pc.all(pc.starts_with(values, shared)).as_py() else b""


def _is_ascii(data: Bytes, starts: Ints, lengths: Ints) -> bool:
    used = data[starts[0] : starts[-1] + lengths[-1]]
    return not len(used) or int(used.max()) < 128


def _characters(values: pa.Array, lengths: Ints, known: Span) -> tuple[int | None, int | None]:
    """Least and greatest number of characters. A character has one to four bytes, so many values need no counting."""
    if known.shortest is not None and known.longest is not None:
        beyond = (lengths > known.longest) | (lengths < 4 * known.shortest)
        if not beyond.any():
            return None, None
        if np.count_nonzero(beyond) * 2 < len(lengths):
            values = values.filter(pa.array(beyond))
    ends = pc.min_max(pc.utf8_length(values))
    return ends["min"].as_py(), ends["max"].as_py()


def _of_both(choose: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    if a is None or b is None:
        return b if a is None else a
    return choose(a, b)
