"""The table of rejects: where a row came from, why it may not pass, and the row itself, as it arrived."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from conduit.core.reject import REASONS_SCHEMA

LONGEST_TEXT = 1024
CUT_MARK = "... (cut)"
SHAPED = b"conduit.shaped_schema"
"""The key of a file's metadata under which the schema stands that the rows of the load had when they were checked."""

_PLACE = [
    pa.field("resource", pa.string(), nullable=False),
    pa.field("run_id", pa.string(), nullable=False),
    pa.field("token", pa.string(), nullable=False, metadata={"description": "the epoch that it belongs to"}),
    pa.field("file", pa.string(), metadata={"description": "path or URL, null where the source is no file"}),
    pa.field("line", pa.int64(), metadata={"description": "1-based line of the file where the row begins"}),
    pa.field("byte_offset", pa.int64(), metadata={"description": "0-based offset of the row in the file"}),
    pa.field("partition", pa.string(), nullable=False, metadata={"description": "the piece of the source"}),
    pa.field("position", pa.string(), metadata={"description": "where reading stood in it, as JSON"}),
]
_WHEN = pa.field("at", pa.timestamp("us", "UTC"), nullable=False, metadata={"description": "when it was rejected"})
_RAW = pa.field("raw", pa.large_binary(), metadata={"description": "the bytes of a row that could not be parsed"})


def rejects_schema(row_schema: pa.Schema) -> pa.Schema:
    """The table's schema; `row` holds the row's own typed columns, null where the row could not be parsed."""
    fields = [*_PLACE, *REASONS_SCHEMA, _WHEN, _RAW]
    if len(row_schema):
        fields.append(pa.field("row", pa.struct([field.with_nullable(True) for field in row_schema])))
    return pa.schema(fields)


def rejected_table(
    rows: pa.RecordBatch, reasons: pa.RecordBatch, places: pa.RecordBatch | None, context: dict[str, pa.Scalar]
) -> pa.RecordBatch:
    """Rejected rows beside their reasons and places. `context` has the columns that are the same for all of them."""
    schema = rejects_schema(rows.schema)
    columns: dict[str, pa.Array] = {name: reasons.column(name) for name in reasons.schema.names}
    if places is not None:
        columns.update(zip(places.schema.names, places.columns))
    if rows.num_columns:
        columns["row"] = pa.StructArray.from_arrays(rows.columns, fields=list(schema.field("row").type))
    return _filled(schema, rows.num_rows, columns, context)


def malformed_table(malformed: pa.RecordBatch, row_schema: pa.Schema, context: dict[str, pa.Scalar]) -> pa.RecordBatch:
    """Rows that could not be parsed, in the table that the parsed ones are in."""
    columns: dict[str, pa.Array] = {
        name: malformed.column(name) for name in ("file", "line", "byte_offset", "raw", "code", "value", "message")
    }
    columns["column"] = malformed.column("field")
    columns["stage"] = pa.repeat(pa.scalar("read"), malformed.num_rows)
    return _filled(rejects_schema(row_schema), malformed.num_rows, columns, context)


def _filled(
    schema: pa.Schema, count: int, columns: dict[str, pa.Array], context: dict[str, pa.Scalar]
) -> pa.RecordBatch:
    arrays = []
    for field in schema:
        if field.name in columns:
            values = columns[field.name]
            arrays.append(_bounded(values) if field.name in ("value", "message") else values)
        elif field.name in context:
            arrays.append(pa.repeat(context[field.name], count))
        else:
            arrays.append(pa.nulls(count, field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _bounded(texts: pa.Array) -> pa.Array:
    """Texts of at most LONGEST_TEXT characters, and a mark where one was cut."""
    # The size of the whole array says most often, at no cost, that none of its texts can be too long.
    if texts.nbytes <= LONGEST_TEXT or (pc.max(pc.binary_length(texts)).as_py() or 0) <= LONGEST_TEXT:
        return texts
    too_long = pc.greater(pc.utf8_length(texts), LONGEST_TEXT)
    cut = pc.binary_join_element_wise(pc.utf8_slice_codeunits(texts, 0, LONGEST_TEXT), CUT_MARK, "")
    return pc.if_else(too_long, cut, texts)
