"""Random bits for row i that depend on the seed, the column's name and i, and on nothing else.

This is splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014; the
constants are those of Vigna's public-domain splitmix64.c), written as wrapping UInt64 arithmetic. Polars' own
`hash` would be shorter, but it promises the same answer only within one version.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

_GAMMA = 0x9E3779B97F4A7C15


def stream(seed: int, column: str) -> int:
    """The 64-bit start of a column's own sequence of random bits."""
    return int.from_bytes(blake2b(f"{seed}\0{column}".encode(), digest_size=8).digest(), "big")


def bits(start: int, first: int, count: int) -> pl.Series:
    """Outputs number `first` to `first + count` of splitmix64 started at `start`, as UInt64."""
    import polars as pl

    def word(value: int) -> pl.Expr:
        return pl.lit(value, dtype=pl.UInt64)

    z = pl.int_range(first + 1, first + count + 1, dtype=pl.UInt64) * word(_GAMMA) + word(start)
    z = (z ^ (z // word(1 << 30))) * word(0xBF58476D1CE4E5B9)
    z = (z ^ (z // word(1 << 27))) * word(0x94D049BB133111EB)
    return pl.select(bits=z ^ (z // word(1 << 31))).to_series()


def integers(random: pl.Series, low: int, high: int) -> pl.Series:
    """Whole numbers from `low` to `high`, both included, as Int64 (UInt64 where `high` needs it)."""
    import polars as pl

    span = high - low + 1
    offsets = random if span >= 1 << 64 else random % pl.Series([span], dtype=pl.UInt64)
    wrapped = offsets + pl.Series([low % (1 << 64)], dtype=pl.UInt64)
    return wrapped if high >= 1 << 63 else wrapped.reinterpret(signed=True)


def floats(random: pl.Series, low: float, high: float) -> pl.Series:
    """Numbers from `low` up to `high`, made of the upper 53 bits, as Float64."""
    import polars as pl

    return (random // pl.Series([1 << 11], dtype=pl.UInt64)).cast(pl.Float64) * (2.0**-53 * (high - low)) + low
