"""Counts batches into the profiles of their columns, by several threads at once."""

from __future__ import annotations

from threading import Lock

import pyarrow as pa

from conduit.quality.columns import Column
from conduit.quality.exact import stored_type
from conduit.quality.profile.figures import Figures
from conduit.quality.profile.look import Look
from conduit.quality.profile.numbers import Extent, extent_of, is_profiled
from conduit.quality.profile.rows import looked_at
from conduit.quality.profile.sketch import Sketch

# The rows to look at are gathered from several batches: a look at a column costs some dozen calls, however few they
# are. By this number of rows, and not by batches, so that the figures do not depend on where batches end.
_LOOK_ROWS = 8_192
_LOOK_BYTES = 16 << 20


class Counter:
    """The profiles of the columns of a schema; memory does not grow with the rows."""

    def __init__(self, schema: pa.Schema) -> None:
        self._paths = [Column(field.name, (number,), field.type) for number, field in enumerate(schema)]
        kinds = [stored_type(field.type) for field in schema]
        self._looked = [number for number, kind in enumerate(kinds) if is_profiled(kind)]
        self._kinds = [_taken_as(kinds[number]) for number in self._looked]
        # Arrow takes rows of all columns at once for half of what it costs one by one, but not of all types.
        self._is_taken = all(
            pa.types.is_dictionary(schema[number].type) or schema[number].type == kind
            for number, kind in zip(self._looked, self._kinds, strict=True)
        )
        self._extents = [Extent() for _ in schema]
        self._sketches = [Sketch() for _ in schema]
        self._samples: list[list[pa.Array]] = []
        self._rows = self._sampled_rows = self._sampled_bytes = 0
        self._lock, self._looking = Lock(), Lock()

    def add(self, batch: pa.RecordBatch) -> None:
        """Count a batch."""
        with self._lock:
            start, self._rows = self._rows, self._rows + batch.num_rows
        extents = [extent_of(column, batch) for column in self._paths]
        rows = looked_at(start, batch.num_rows)
        sample = self._rows_of(batch, pa.array(rows))
        values = [_as_kind(values, kind) for values, kind in zip(sample.columns, self._kinds, strict=True)]
        with self._lock:
            self._extents = [known + new for known, new in zip(self._extents, extents, strict=True)]
            self._samples.append(values)
            self._sampled_rows += len(rows)
            self._sampled_bytes += sample.get_total_buffer_size()
            due = self._due()
        self._look(due)

    def figures(self, most: int) -> list[Figures]:
        """The figures of all batches, with at most so many frequent values; none may come afterwards."""
        self._look(self._gathered())
        return [sketch.figures(extent, most) for sketch, extent in zip(self._sketches, self._extents, strict=True)]

    def _rows_of(self, batch: pa.RecordBatch, rows: pa.Array) -> pa.RecordBatch:
        if self._is_taken:
            return batch.select(self._looked).take(rows)
        columns = [
            _as_kind(self._paths[number].values(batch), kind)
            for number, kind in zip(self._looked, self._kinds, strict=True)
        ]
        return pa.RecordBatch.from_arrays(columns, names=[str(number) for number in self._looked]).take(rows)

    def _due(self) -> list[pa.Array]:
        """The columns of what is to be looked at now."""
        if self._sampled_bytes >= _LOOK_BYTES:
            return self._gathered()
        if self._sampled_rows < _LOOK_ROWS:
            return []
        columns = self._gathered()
        whole = len(columns[0]) // _LOOK_ROWS * _LOOK_ROWS if columns else 0
        left = [values.slice(whole) for values in columns]
        self._samples, self._sampled_rows = [left], len(left[0]) if left else 0
        return [values.slice(0, whole) for values in columns]

    def _gathered(self) -> list[pa.Array]:
        samples, self._samples = self._samples, []
        self._sampled_rows = self._sampled_bytes = 0
        return [pa.concat_arrays(parts) for parts in zip(*samples, strict=True)]

    def _look(self, columns: list[pa.Array]) -> None:
        if not columns:
            return
        with self._looking:
            for number, values in zip(self._looked, columns, strict=True):
                for start in range(0, len(values), _LOOK_ROWS):
                    self._sketches[number].add(Look.at(values.slice(start, _LOOK_ROWS)))


def _taken_as(kind: pa.DataType) -> pa.DataType:
    """A type with the same values, some rows of which Arrow can take."""
    if pa.types.is_string_view(kind):
        return pa.large_string()
    return pa.large_binary() if pa.types.is_binary_view(kind) else kind


def _as_kind(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """The values as that type; text that was promised plain may have come in a code."""
    if values.type == kind:
        return values
    values = values.dictionary_decode() if pa.types.is_dictionary(values.type) else values
    return values if values.type == kind else values.cast(kind)
