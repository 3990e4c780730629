"""Parquet files read as one table: columns by name, NULL where a file lacks one, the least type that holds all."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable

import pyarrow as pa

from conduit.core.exact_casts import exact_or_null
from conduit.core.lattice import widened
from conduit.sdk import SourceError


class Union:
    """The columns of all files so far, in the order in which they were first seen."""

    def __init__(self) -> None:
        self._fields: dict[str, pa.Field] = {}
        self._first: dict[str, str] = {}
        self._files = 0
        self._without: dict[str, int] = {}

    def add(self, schema: pa.Schema, path: str) -> None:
        """Take a file in. Raises SourceError, naming the column and both files, where only text could hold its type."""
        brought = {field.name: field for field in schema}
        for name, field in self._fields.items():
            if name in brought:
                self._fields[name] = self._joined(field, brought[name], path)
            else:
                self._without[name] = self._without.get(name, 0) + 1
        for name in brought.keys() - self._fields.keys():
            self._without |= {name: self._files} if self._files else {}
        self._fields |= {field.name: field for field in schema if field.name not in self._fields}
        self._first |= {name: path for name in brought if name not in self._first}
        self._files += 1

    def schema(self) -> pa.Schema:
        """One schema for all; a column that a file lacks may be null."""
        lacking = self._without
        return pa.schema(
            [field.with_nullable(field.nullable or name in lacking) for name, field in self._fields.items()]
        )

    def tell(self, notice: Callable[[str], None]) -> None:
        """Say which columns read as NULL in some files."""
        for name, files in self._without.items():
            notice(f"{files:,} of {self._files:,} files do not have the column {name!r}: it is NULL in their rows")

    def _joined(self, known: pa.Field, brought: pa.Field, path: str) -> pa.Field:
        kind = known.type if known.type == brought.type else widened(known.type, brought.type)
        if kind is None:
            raise SourceError(
                f"The column {known.name!r} is {brought.type} here and {known.type} in {self._first[known.name]}.",
                place=path,
                remedy="Read files of different schemas as resources of their own.",
            )
        return pa.field(known.name, kind, known.nullable or brought.nullable)


def united(files: Iterable[tuple[str, pa.Schema]]) -> pa.Schema:
    """The schema of all files, given as path and schema, read as one table. Raises SourceError where there is none."""
    union = Union()
    for path, schema in files:
        union.add(schema, path)
    return union.schema()


def packed(schema: pa.Schema) -> str:
    """The schema as text, so that it travels with a partition."""
    return base64.b64encode(schema.serialize().to_pybytes()).decode()


def unpacked(text: str) -> pa.Schema:
    return pa.ipc.read_schema(pa.py_buffer(base64.b64decode(text)))


def brought_to(batch: pa.RecordBatch, schema: pa.Schema, path: str) -> pa.RecordBatch:
    """The batch with the columns of `schema`: exactly cast where it is wider, null where it has none."""
    columns = []
    for field in schema:
        if field.name not in batch.schema.names:
            columns.append(pa.nulls(batch.num_rows, field.type))
            continue
        values = batch.column(field.name)
        cast = exact_or_null(values, field.type)
        if cast.null_count > values.null_count:
            raise SourceError(
                f"The column {field.name!r} is {values.type} here, and {field.type} does not hold one of its values.",
                place=path,
                remedy="Read files of different schemas as resources of their own.",
            )
        columns.append(cast)
    return pa.RecordBatch.from_arrays(columns, schema=schema)
