"""What the bytes of a chunk prove about it before it is parsed.

Arrow's parser lets three things pass: text after a closing quote (`"a"b` reads as `ab`), a quote that is never closed,
and NUL bytes. And it looks for broken UTF-8 value by value, which costs more than to look at all bytes at once.
"""

from __future__ import annotations

from typing import cast

import pyarrow as pa
import pyarrow.compute as pc

from conduit.connectors._lib.csv_dialect import Dialect

LARGE = 4 << 20  # bytes from which on it is worth loading Polars


def suspicious(data: pa.Buffer, dialect: Dialect) -> bool:
    """Whether the bytes hold a NUL, or quotes that are not those of RFC 4180, or (in large data) are not UTF-8.

    In a well-formed chunk quotes open and close in turn: one that opens stands behind a separator, one that closes
    in front of one, and where a doubled quote closes and opens again it has another quote for a neighbour. So the
    bytes beside the quotes decide, exactly, and kernels look at them without the interpreter's lock.
    """
    octets = pa.Array.from_buffers(pa.uint8(), data.size, [None, data])
    extremes = pc.min_max(octets).as_py()
    if extremes["min"] == 0 or (data.size >= LARGE and extremes["max"] > 127 and not _is_utf8(data)):
        return True
    if dialect.quote is None:
        return False
    quote = ord(dialect.quote)
    before, after = _neighbours(octets, quote)
    count = len(after)
    if not count:
        return False
    if count % 2 or dialect.escape is not None:
        return True
    opens = pa.Array.from_buffers(pa.bool_(), count, [None, pa.py_buffer(b"\x55" * (count // 8 + 1))])
    outside = pc.if_else(opens, before, after)
    beside = pa.array([quote, ord(dialect.delimiter), 10, 13], pa.uint8())
    return not pc.all(pc.is_in(outside, beside)).as_py()


def _neighbours(octets: pa.Array, value: int) -> tuple[pa.Array, pa.Array]:
    """The bytes in front of and behind each place where `value` stands; a newline in front of the first byte.

    The last byte is a newline, so there is always one behind.
    """
    last = len(octets) - 1
    if len(octets) < LARGE:
        places = pc.equal(octets, pa.scalar(value, pa.uint8()))
        after = octets.slice(1).filter(places.slice(0, last))
        before = octets.slice(0, last).filter(places.slice(1))
    else:
        import polars as pl  # the same at eight times the speed

        series = cast("pl.Series", pl.from_arrow(octets))
        found = series == value
        after = series.slice(1).filter(found.slice(0, last)).to_arrow()
        before = series.slice(0, last).filter(found.slice(1)).to_arrow()
    if octets[0].as_py() == value:
        before = pa.concat_arrays([pa.array([10], pa.uint8()), before])
    return before, after


def count_of(data: pa.Buffer, value: int) -> int:
    """How often a byte occurs."""
    octets = pa.Array.from_buffers(pa.uint8(), data.size, [None, data])
    if data.size < LARGE:
        return int(pc.sum(pc.equal(octets, pa.scalar(value, pa.uint8()))).as_py() or 0)
    import polars as pl

    return int((cast("pl.Series", pl.from_arrow(octets)) == value).sum())


def _is_utf8(data: pa.Buffer) -> bool:
    offsets = pa.array([0, data.size], pa.int64()).buffers()[1]
    try:
        pa.Array.from_buffers(pa.large_string(), 1, [None, offsets, data]).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
