"""Values as a manifest shows them: numbers and truths as they are, everything else as text, cut where it is long."""

from __future__ import annotations

import json
import math
from typing import TypeAlias, cast

import pyarrow as pa
import pyarrow.compute as pc

from conduit.quality.columns import is_binary, is_text

Plain: TypeAlias = bool | int | float | str | None

SHOWN_CHARACTERS = 200


def plain_values(values: pa.Array) -> list[Plain]:
    """Each value, JSON-able. Decimals, dates and times are text, bytes are hexadecimal digits, nested values JSON."""
    kind = values.type
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        return cast("list[Plain]", values.to_pylist())
    if pa.types.is_floating(kind):
        return [plain_number(value) for value in values.to_pylist()]
    if pa.types.is_nested(kind):
        texts = [_nested(value) if value.is_valid else None for value in values]
    else:
        texts = _texts(shortened(values))
    return [None if text is None else cut(text) for text in texts]


def _texts(values: pa.Array) -> list[str | None]:
    kind = values.type
    if is_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return [None if value is None else value.hex() for value in values.to_pylist()]
    try:
        return cast("list[str | None]", pc.cast(values, pa.string()).to_pylist())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return [str(value) if value.is_valid else None for value in values]


def plain_number(value: float | None) -> Plain:
    """A number; infinities and NaN, which JSON does not have, as text."""
    return value if value is None or math.isfinite(value) else str(value)


def _nested(value: pa.Scalar) -> str:
    try:
        return json.dumps(value.as_py(), default=str)
    except (ValueError, OverflowError, pa.ArrowException):
        # Points in time that Python's own types do not have.
        return str(value)


def cut(text: str) -> str:
    """Text of at most SHOWN_CHARACTERS, with an ellipsis where there was more."""
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"


def shortened(values: pa.Array) -> pa.Array:
    """Values, of which text and bytes are no longer than what tells that there is more than can be shown."""
    kind = values.type
    if is_text(kind):
        text = values.cast(pa.large_string()) if pa.types.is_string_view(kind) else values
        return pc.utf8_slice_codeunits(text, 0, SHOWN_CHARACTERS + 1)
    if is_binary(kind):
        stored = values.cast(pa.large_binary()) if pa.types.is_binary_view(kind) else values
        return pc.binary_slice(stored, 0, SHOWN_CHARACTERS)
    return values
