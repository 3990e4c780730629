"""Which rows of the load are looked at closely."""

from __future__ import annotations

from typing import Any

import numpy as np

# All rows up to here, then one of every STRIDE: a load that is small, as most are, is looked at as a whole.
ALL_UP_TO = 8_192
STRIDE = 128
_SCATTER = np.uint64(0x9E3779B97F4A7C15)


def looked_at(start: int, count: int) -> np.ndarray[Any, np.dtype[np.intp]]:
    """The rows to look at, of `count` rows from number `start` of the load on, counted from `start`.

    One row of every STRIDE, at a place within them that does not repeat: data may have a period of its own.
    """
    every = min(max(ALL_UP_TO - start, 0), count)
    strides = np.arange(start // STRIDE, (start + count - 1) // STRIDE + 1, dtype=np.uint64)
    within = (strides * _SCATTER) >> np.uint64(57)
    rows = (strides * np.uint64(STRIDE) + within).astype(np.intp) - start
    return np.concatenate([np.arange(every), rows[(rows >= every) & (rows < count)]])
