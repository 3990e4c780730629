"""What becomes of values of one type as another, known from the types alone, and the table of types that pages show.

Derived from what is cast: the lattice tells which types hold each other, the exact casts which pairs have any cast.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import pyarrow as pa

from conduit.core.exact_casts import castable
from conduit.core.lattice import holds, plain_type
from conduit.core.types import type_name


class Fidelity(str, Enum):
    """What a cast does to the values of a type.

    LOSSLESS: both types hold the same values. WIDENED: every value has its place in a type that holds more, or is
    spelled as text. LOSSY: a value may not fit; each that does not is caught and counted when it comes, and none is
    changed. A decimal with a fraction as a float is lossy too: the float has its digits and is another number.
    REFUSED: no value of the one type is one of the other, which is told before anything is read.
    """

    LOSSLESS = "lossless"
    WIDENED = "widened"
    LOSSY = "lossy"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Canonical:
    """A type that stands for all of its kind in the matrix of types, and what its values are."""

    type: pa.DataType
    about: str

    @property
    def name(self) -> str:
        return type_name(self.type)


CANONICAL = (
    Canonical(pa.null(), "nothing but NULL"),
    Canonical(pa.bool_(), "true and false"),
    *(
        Canonical(kind, f"whole numbers from -2^{kind.bit_width - 1} to 2^{kind.bit_width - 1} - 1")
        for kind in (pa.int8(), pa.int16(), pa.int32(), pa.int64())
    ),
    *(
        Canonical(kind, f"whole numbers from 0 to 2^{kind.bit_width} - 1")
        for kind in (pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())
    ),
    Canonical(pa.float32(), "24 binary digits, infinity and NaN"),
    Canonical(pa.float64(), "53 binary digits, infinity and NaN"),
    Canonical(pa.decimal128(12, 2), "ten digits before the point, two behind it"),
    Canonical(pa.decimal128(38, 0), "whole numbers of up to 38 digits"),
    Canonical(pa.decimal256(50, 10), "forty digits before the point, ten behind it"),
    Canonical(pa.string(), "text in UTF-8"),
    Canonical(pa.binary(), "bytes"),
    Canonical(pa.binary(16), "16 bytes, those of a UUID for one"),
    Canonical(pa.date32(), "a day"),
    *(Canonical(kind, "a time of day") for kind in (pa.time32("s"), pa.time64("us"), pa.time64("ns"))),
    *(Canonical(pa.timestamp(unit), "what a calendar and a clock show") for unit in ("s", "ms", "us")),
    Canonical(pa.timestamp("ns"), "the same, from September 1677 to April 2262"),
    Canonical(pa.timestamp("us", "UTC"), "a moment, the same everywhere"),
    Canonical(pa.timestamp("ns", "UTC"), "the same, from September 1677 to April 2262"),
    Canonical(pa.duration("us"), "a length of time"),
    Canonical(pa.list_(pa.int64()), "as many values of a type as there are"),
    Canonical(pa.struct([("x", pa.int64()), ("y", pa.string())]), "named values of a type each"),
    Canonical(pa.map_(pa.string(), pa.int64()), "values by key"),
)


def fidelity(source: pa.DataType, target: pa.DataType) -> Fidelity:
    """What becomes of values of `source` that are cast to `target`, whatever the values are."""
    if holds(target, source):
        return Fidelity.LOSSLESS if holds(source, target) else Fidelity.WIDENED
    if not castable(source, target):
        return Fidelity.REFUSED
    return Fidelity.WIDENED if _spells(plain_type(target), plain_type(source)) else Fidelity.LOSSY


def _spells(target: pa.DataType, source: pa.DataType) -> bool:
    """Whether every value has a spelling in a type that does not hold it: as text, as bytes, true and false as 1, 0."""
    types = pa.types
    if types.is_string(target):
        return not (types.is_binary(source) or types.is_fixed_size_binary(source))
    if types.is_binary(target):
        return bool(types.is_string(source))
    if not types.is_boolean(source):
        return False
    return not types.is_decimal(target) or holds(target, pa.decimal128(1, 0))
