"""Values at fault, as text for a person."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from conduit.core.casts import where_true


def shown_values(values: pa.Array, chosen: pa.Array) -> pa.Array:
    """The chosen values as text, null elsewhere and for what no text can show: lists, structs, bytes that are none."""
    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    try:
        return pc.cast(where_true(chosen, values), pa.string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return pa.nulls(len(values), pa.string())
