"""Some rows of a batch, whatever its types: Arrow cannot yet select from runs, nor from views of text and bytes.

Text may have come dictionary-encoded where plain text was promised.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc


def filter_rows(batch: pa.RecordBatch, mask: pa.Array) -> pa.RecordBatch:
    """The rows where the mask is true, in the batch's own schema."""
    return _select(batch, lambda values: values.filter(mask))


def take_rows(batch: pa.RecordBatch, rows: pa.Array) -> pa.RecordBatch:
    """The rows with these numbers, in the batch's own schema."""
    return _select(batch, lambda values: values.take(rows))


def take_values(values: pa.Array, rows: pa.Array) -> pa.Array:
    """The values of the rows with these numbers, in their own type."""
    return _selected(values, lambda plain: plain.take(rows))


def as_promised(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch with the types of `schema`: text that came as a dictionary is decoded where it was to be plain."""
    if all(values.type == field.type for values, field in zip(batch.columns, schema, strict=True)):
        return batch
    arrays = [
        # Arrow has no cast from a dictionary to a view of text.
        values if values.type == field.type else values.dictionary_decode().cast(field.type)
        for values, field in zip(batch.columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _select(batch: pa.RecordBatch, select: Callable[[pa.Array], pa.Array]) -> pa.RecordBatch:
    arrays = [_selected(values, select) for values in batch.columns]
    return pa.RecordBatch.from_arrays(arrays, schema=batch.schema)


def _selected(values: pa.Array, select: Callable[[pa.Array], pa.Array]) -> pa.Array:
    kind = values.type
    if pa.types.is_run_end_encoded(kind):
        return pc.run_end_encode(_selected(pc.run_end_decode(values), select), run_end_type=kind.run_end_type)
    plain = _without_views(kind)
    return select(values) if plain is kind else select(values.cast(plain)).cast(kind)


def _without_views(kind: pa.DataType) -> pa.DataType:
    """The type itself where there is no view of text or bytes in it, at any depth; else one that holds the same."""
    types = pa.types
    if types.is_string_view(kind) or types.is_binary_view(kind):
        return pa.large_string() if types.is_string_view(kind) else pa.large_binary()
    if not types.is_nested(kind) or not any(_without_views(field.type) is not field.type for field in _children(kind)):
        return kind
    if types.is_map(kind):
        return pa.map_(_without_views(kind.key_type), _plain_field(kind.item_field))
    if types.is_struct(kind):
        return pa.struct([_plain_field(field) for field in kind])
    if types.is_fixed_size_list(kind):
        return pa.list_(_plain_field(kind.value_field), kind.list_size)
    made = pa.large_list if types.is_large_list(kind) else pa.list_
    return made(_plain_field(kind.value_field))


def _plain_field(field: pa.Field) -> pa.Field:
    return field.with_type(_without_views(field.type))


def _children(kind: pa.DataType) -> list[pa.Field]:
    return [kind.field(place) for place in range(kind.num_fields)]
