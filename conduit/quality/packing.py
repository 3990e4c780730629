"""Whole-number keys as one 64-bit word each: reversible, in the keys' own order, and so exact without the key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

_WORD_BITS = 64


@dataclass(frozen=True, slots=True)
class _Field:
    """A column's place in the word: values from `low` to `high` take `bits` bits above the lowest `shift`."""

    column: str
    low: int
    high: int
    bits: int
    shift: int


@dataclass(frozen=True, slots=True)
class Packing:
    """Which keys fit into a word is a property of the key alone: the same key always goes the same way."""

    fields: tuple[_Field, ...]
    always_fits: bool

    @classmethod
    def of(cls, keys: pl.DataFrame) -> Packing | None:
        """A packing for keys like these, None where there is none.

        Where the types themselves are too wide (two 64-bit columns, say), the bits are shared out after the values
        seen, with as much room on either side as there is.
        """
        if any(not dtype.is_integer() or _bits_of(dtype) > _WORD_BITS for dtype in keys.dtypes):
            return None
        widths = [_bits_of(dtype) for dtype in keys.dtypes]
        always_fits = sum(widths) <= _WORD_BITS
        if not always_fits:
            spans = [(_whole(column.min()), _whole(column.max())) for column in keys.iter_columns()]
            needed = [(high - low).bit_length() for low, high in spans]
            spare = _WORD_BITS - sum(needed)
            if spare < 0:
                return None
            widths = [min(width, bits + spare // len(widths)) for width, bits in zip(widths, needed, strict=True)]
        fields, shift = [], sum(widths)
        for index, (column, bits) in enumerate(zip(keys.iter_columns(), widths, strict=True)):
            least, most = _limits(column.dtype)
            low = least
            if not always_fits:
                seen_low, seen_high = spans[index]
                low = min(max(least, seen_low - ((1 << bits) - 1 - (seen_high - seen_low)) // 2), most)
            shift -= bits
            fields.append(_Field(column.name, low, min(most, low + (1 << bits) - 1), bits, shift))
        return cls(tuple(fields), always_fits)

    def fits(self, keys: pl.DataFrame) -> pl.Series | None:
        """True where a key fits into a word; None where all do."""
        import polars as pl

        if self.always_fits:
            return None
        inside = [
            pl.col(field.column).is_between(
                pl.lit(field.low, keys.schema[field.column]), pl.lit(field.high, keys.schema[field.column])
            )
            for field in self.fields
        ]
        mask = keys.select(pl.all_horizontal(inside).alias("fits"))["fits"]
        return None if mask.all() else mask

    def pack(self, keys: pl.DataFrame) -> pl.Series:
        """The words of keys that all fit."""
        import polars as pl

        word = pl.lit(0, pl.UInt64)
        for field in self.fields:
            if not field.bits:
                continue  # one value fits, and it takes no room
            value = pl.col(field.column)
            if keys.schema[field.column] == pl.UInt64:
                value = value - pl.lit(field.low, pl.UInt64)
            else:
                # Modulo 2**64 the difference is right even where a signed one would overflow.
                value = value.cast(pl.Int64).reinterpret(signed=False) - pl.lit(field.low % (1 << 64), pl.UInt64)
            word = word + value * pl.lit(1 << field.shift, pl.UInt64)
        return keys.select(word.alias("word"))["word"]


def strictly_increasing(words: pl.Series) -> bool:
    """True when every word is greater than the one before it: all are distinct, and that was cheap to learn."""
    return bool((words.slice(1) > words.slice(0, max(len(words) - 1, 0))).all())


def _bits_of(dtype: pl.DataType) -> int:
    least, most = _limits(dtype)
    return (most - least).bit_length()


def _limits(dtype: pl.DataType) -> tuple[int, int]:
    import polars as pl

    bits = pl.Series([], dtype=dtype).to_arrow().type.bit_width
    return (0, 2**bits - 1) if dtype.is_unsigned_integer() else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def _whole(value: object) -> int:
    assert isinstance(value, int)
    return value
