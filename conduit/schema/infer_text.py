"""The narrowest type that holds every one of some texts unchanged, and the text that forced it.

Kinds in one column are joined along a small lattice: integers below doubles and decimals, days below points in time,
microseconds below nanoseconds; everything above that is text. What joins to text stays text, whatever follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from conduit.core.casts import cast_or_null
from conduit.schema.infer_numbers import number_type
from conduit.schema.text_kinds import (
    MOMENTS,
    NUMBERS,
    TIMES,
    ZONED_MOMENTS,
    Kind,
    Kinds,
    kinds_of,
)

NULL_WORDS = (
    "n/a", "na", "#n/a", "null", "none", "nil", "(null)", "\\n", "-", "--", "?", ".", "missing", "unknown",
    "undefined", "nan",
)  # fmt: skip
"""Texts, in lower case, by which people mean that there is no value."""

_NEARLY_A_NUMBER = r"^(?:[+-]?0|\+)\d[\d.]*$"
_FORMS = {
    "number": NUMBERS, "date or timestamp": MOMENTS, "timestamp with a zone": ZONED_MOMENTS, "time": TIMES,
    "truth value": frozenset({Kind.BOOL}),
}  # fmt: skip

Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True)
class TextType:
    """A type for a column of text. `forced_by` is the text without which it would be narrower; None where all agree.

    `null_words` are the texts that seem to mean NULL and alone keep the column from being a `without_them`.
    """

    type: pa.DataType
    forced_by: str | None = None
    reason: str = ""
    null_words: tuple[str, ...] = ()
    without_them: pa.DataType | None = None


def infer_text(texts: pa.Array, counts: pa.Array | None = None) -> TextType:
    """The type for distinct texts (`string`, no NULL among them); `counts` says how often each is there.

    Blanks around a value do not count, but an empty text is text. Without any text the type is string.
    """
    if not len(texts):
        return TextType(pa.string())
    trimmed = pc.utf8_trim_whitespace(texts)
    kinds = kinds_of(trimmed)
    often = np.ones(len(texts), np.int64) if counts is None else counts.to_numpy(zero_copy_only=False)
    found, forced, reason = _joined(trimmed, kinds, often)
    first, reason = (texts[int(np.flatnonzero(forced)[0])].as_py(), reason) if forced.any() else (None, "")
    if not pa.types.is_string(found):
        return TextType(found, first, reason)
    words = _null_words(trimmed)
    if words.any() and not words.all():
        others = infer_text(texts.filter(pa.array(~words)), pa.array(often[~words]))
        if not pa.types.is_string(others.type):
            return TextType(found, first, reason, tuple(texts.filter(pa.array(words)).to_pylist()), others.type)
    return TextType(found, first, reason)


def _joined(texts: pa.Array, kinds: Kinds, often: np.ndarray[Any, Any]) -> tuple[pa.DataType, Mask, str]:
    """The type, the texts that forced it, and what they are."""
    there = {Kind(kind) for kind in np.unique(kinds)}
    nothing = np.zeros(len(texts), np.bool_)
    if there == {Kind.BOOL}:
        return pa.bool_(), nothing, ""
    if there <= NUMBERS:
        number, forced = number_type(texts, kinds)
        return number or pa.string(), forced, _about_numbers(number)
    if there <= MOMENTS:
        return _moments(texts, kinds, there)
    if there <= ZONED_MOMENTS:
        return _as_fine(texts, pa.timestamp("us", "UTC"), pa.timestamp("ns", "UTC"), kinds == Kind.FINE_ZONED)
    if there <= TIMES:
        return _as_fine(texts, pa.time64("us"), pa.time64("ns"), kinds == Kind.FINE_TIME)
    return pa.string(), *_odd_ones(texts, kinds, often)


def _moments(texts: pa.Array, kinds: Kinds, there: set[Kind]) -> tuple[pa.DataType, Mask, str]:
    if there == {Kind.DATE}:
        return pa.date32(), np.zeros(len(texts), np.bool_), ""
    found, forced, reason = _as_fine(texts, pa.timestamp("us"), pa.timestamp("ns"), kinds == Kind.FINE_MOMENT)
    if Kind.DATE in there and not forced.any():
        return found, kinds != Kind.DATE, "has a time of day"
    return found, forced, reason


def _as_fine(texts: pa.Array, coarse: pa.DataType, finer: pa.DataType, fine: Mask) -> tuple[pa.DataType, Mask, str]:
    if not fine.any():
        return coarse, fine, ""
    misfits = cast_or_null(texts, finer).is_null().to_numpy(zero_copy_only=False)
    if misfits.any():
        return pa.string(), misfits, "nanoseconds end in 1677 and 2262"
    return finer, fine if not fine.all() else np.zeros(len(texts), np.bool_), "has more than six digits of a second"


def _odd_ones(texts: pa.Array, kinds: Kinds, often: np.ndarray[Any, Any]) -> tuple[Mask, str]:
    """The texts that do not have the form which most rows have; none where most are just text."""
    forms = {name: np.isin(kinds, list(members)) for name, members in _FORMS.items()}
    nearly = pc.match_substring_regex(texts, _NEARLY_A_NUMBER).to_numpy(zero_copy_only=False)
    if nearly.any() and (nearly | forms["number"]).all():
        return nearly, "would lose its leading zeros or its sign as a number"
    usual = max(forms, key=lambda name: int(often[forms[name]].sum()))
    if 2 * often[forms[usual]].sum() < often.sum():
        return np.zeros(len(texts), np.bool_), ""
    return ~forms[usual], f"is no {usual}"


def _about_numbers(kind: pa.DataType | None) -> str:
    if kind is None:
        return "has digits that no number type keeps"
    if pa.types.is_floating(kind):
        return "is no whole number"
    if pa.types.is_integer(kind) and kind != pa.int64():
        return "is larger than an int64"
    return "has more digits than a double keeps" if getattr(kind, "scale", 0) else "is no 64-bit integer"


def _null_words(texts: pa.Array) -> Mask:
    found: Mask = pc.is_in(pc.utf8_lower(texts), pa.array(NULL_WORDS)).to_numpy(zero_copy_only=False)
    return found
