"""Columns of text to decimals, at more than twice the speed of Arrow's own conversion, which goes digit by digit.

Where all texts of a column have as many digits behind the point as the decimal, or none of them has a point, the point
carries no information: without it, the text is the decimal's unscaled value, and Arrow reads whole numbers fast.
Anything else goes the general way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa
import pyarrow.compute as pc

from conduit.core.casts import cast_exactly

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

_MANY = 16_384  # values, from which on it is worth loading Polars
_POINT, _MINUS, _NINE = ord("."), ord("-"), ord("9")
_LARGEST = 2**63 - 1


def to_decimals(texts: pa.Array, kind: pa.DataType) -> pa.Array:
    """Text as decimals. Raises ArrowInvalid where a text is no number, or none that the type can hold exactly."""
    quick = _quick(texts, kind) if pa.types.is_decimal128(kind) and len(texts) >= _MANY else None
    # Arrow's CSV reader ignores blanks around a number, its casts do not.
    return cast_exactly(pc.ascii_trim(texts, " \t"), kind) if quick is None else quick


def _quick(texts: pa.Array, kind: pa.Decimal128Type) -> pa.Array | None:
    """The decimals, or None where the texts are not all alike."""
    import numpy as np
    import polars as pl

    offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    if offsets[0] == offsets[-1]:
        return None
    octets = pa.Array.from_buffers(
        pa.uint8(), int(offsets[-1] - offsets[0]), [None, texts.buffers()[2].slice(int(offsets[0]))]
    )
    letters = cast("pl.Series", pl.from_arrow(octets))
    # Arrow reads 0x1F as a whole number; without letters it takes digits alone, behind at most one minus.
    if cast("int", letters.max()) > _NINE:
        return None
    points = letters == _POINT
    try:
        if points.any():
            bare = _without_points(texts, offsets, letters, points, kind.scale)
            return None if bare is None else _unscaled(pc.cast(bare, pa.int64()), kind, 1)
        return _unscaled(pc.cast(texts, pa.int64()), kind, 10**kind.scale)
    except pa.ArrowInvalid:
        return None


def _without_points(
    texts: pa.Array, offsets: np.ndarray[Any, Any], letters: pl.Series, points: pl.Series, scale: int
) -> pa.Array | None:
    """The texts less their points, if every one of them has just one point with `scale` digits behind it."""
    import numpy as np

    known = texts.is_valid().to_numpy(zero_copy_only=False) if texts.null_count else None
    count = len(texts) - texts.null_count
    if scale < 1 or int(points.sum()) != count:
        return None
    ends = (offsets[1:] if known is None else offsets[1:][known]) - offsets[0]
    lengths = np.diff(offsets) if known is None else np.diff(offsets)[known]
    octets = letters.to_numpy()
    if lengths.min() <= scale or not (octets[ends - (scale + 1)] == _POINT).all():
        return None
    # What stands behind the points are digits, or the cast will fail, but for a minus: .-5 would become -5.
    if (octets[ends - scale] == _MINUS).any():
        return None
    removed = np.arange(len(offsets), dtype=np.int32)
    if known is not None:
        np.cumsum(known, out=removed[1:])
    bare = letters.filter(~points).to_arrow()
    validity = None if known is None else pa.array(known).buffers()[1]
    return pa.Array.from_buffers(
        pa.string(),
        len(texts),
        [validity, pa.py_buffer(offsets - offsets[0] - removed), bare.buffers()[1]],
        null_count=texts.null_count,
    )


def _unscaled(whole: pa.Array, kind: pa.Decimal128Type, factor: int) -> pa.Array | None:
    """Whole numbers, times `factor`, as the unscaled values of decimals; None where one has too many digits."""
    import numpy as np

    largest = min(10**kind.precision - 1, _LARGEST) // factor
    extremes = pc.min_max(whole).as_py()
    if extremes["min"] is None or extremes["min"] < -largest or extremes["max"] > largest:
        return None
    values = np.frombuffer(whole.buffers()[1], np.int64)[whole.offset : whole.offset + len(whole)]
    words = np.empty((len(values), 2), np.int64)  # little-endian 128-bit words: the value, and its sign
    np.multiply(values, factor, out=words[:, 0])
    np.right_shift(words[:, 0], 63, out=words[:, 1])
    return pa.Array.from_buffers(
        kind, len(values), [whole.buffers()[0], pa.py_buffer(words)], null_count=whole.null_count
    )
