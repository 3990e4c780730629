"""Batches to the table of one row group: text that came dictionary-encoded is written so, under one dictionary.

Arrow writes such a column without a look at its values, but would read it back as dictionaries: so the schema that is
kept in the file's metadata is set to the one with the plain types.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq


def written_schema(schema: pa.Schema, first: pa.RecordBatch | None) -> pa.Schema:
    """`schema`, in which text is a dictionary where it is one in the first batch."""
    if first is None:
        return schema
    found = [first.schema.field(field.name).type for field in schema]
    return pa.schema(
        [field.with_type(kind) if is_encoded_text(kind) else field for field, kind in zip(schema, found, strict=True)]
    )


def gather(batches: Sequence[pa.RecordBatch], schema: pa.Schema) -> pa.Table:
    """All rows as one table of `schema`, whose columns may be dictionaries where those of a batch are not."""
    alike = [batch if batch.schema.equals(schema) else _brought(batch, schema) for batch in batches]
    table = pa.Table.from_batches(alike, schema)
    for number, field in enumerate(schema):
        if is_encoded_text(field.type):
            # A second dictionary in a row group would end its encoding as one.
            table = table.set_column(number, field, table.column(number).unify_dictionaries())
    return table


def plain_text(sample: pa.Table) -> pa.Table:
    """The sample with dictionaries and views of text as text, which every kernel takes."""
    for number, field in enumerate(sample.schema):
        if pa.types.is_string_view(field.type) or is_encoded_text(field.type):
            sample = sample.set_column(number, field.name, sample.column(number).cast(pa.string()))
    return sample


def is_encoded_text(kind: pa.DataType) -> bool:
    """Whether it is a dictionary of text."""
    return bool(pa.types.is_dictionary(kind) and kind.value_type in (pa.string(), pa.large_string()))


def declare(writer: pq.ParquetWriter, schema: pa.Schema) -> None:
    """Let the file be read back with `schema`. The writer was made with `store_schema=False`."""
    text = base64.b64encode(schema.serialize().to_pybytes()).decode()
    writer.add_key_value_metadata({"ARROW:schema": text})


def _brought(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    columns = [_as(batch.column(field.name), field.type) for field in schema]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _as(values: pa.Array, kind: pa.DataType) -> pa.Array:
    if values.type == kind:
        return values
    if is_encoded_text(kind):
        plain = values.dictionary_decode() if pa.types.is_dictionary(values.type) else values
        return plain.cast(kind.value_type).dictionary_encode().cast(kind)
    # Arrow has no cast from a dictionary to a view of text.
    return values.dictionary_decode().cast(kind)
