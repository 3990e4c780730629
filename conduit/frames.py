"""What a pipeline gives to code that computes: its batches, and tables of the libraries that people work with."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING

from conduit.engine.stream import Stream
from conduit.errors import MissingExtra

if TYPE_CHECKING:
    import duckdb
    import pandas
    import polars
    import pyarrow as pa


class Frames:
    """Everything that can be read, in the forms that others take. Each call reads anew."""

    __slots__ = ()

    @abstractmethod
    def _stream(self) -> Stream:
        """What there is to read, not opened yet."""

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema that the batches will have."""
        with self._stream() as stream:
            return stream.schema

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The batches, one at a time, checked. A warning counts rows that are rejected and left out."""
        with self._stream() as stream:
            yield from stream.batches()
            if stream.rejected:
                warnings.warn(f"{stream.rejected:,} rows were rejected; the first: {stream.first}", stacklevel=2)
            for column, count in stream.nulled.items():
                warnings.warn(f"{count:,} values of {column!r} did not fit and became null", stacklevel=2)
            for failed in stream.failed_of_all():
                warnings.warn(f"The check {failed.label} failed: {failed.observed}", stacklevel=2)

    def to_arrow(self) -> pa.Table:
        """Everything as one pyarrow table, in memory."""
        import pyarrow as pa

        return pa.Table.from_batches(self.batches(), self.schema)

    def to_polars(self) -> polars.DataFrame:
        """Everything as a polars frame, in memory."""
        import polars as pl

        frame = pl.from_arrow(self.to_arrow())
        assert isinstance(frame, pl.DataFrame)
        return frame

    def to_pandas(self) -> pandas.DataFrame:
        """Everything as a pandas frame, in memory, with Arrow's own types so that integers and NULLs stay exact."""
        try:
            import pandas as pd
        except ImportError as missing:
            raise MissingExtra.needed(".to_pandas()", "pandas") from missing
        return self.to_arrow().to_pandas(types_mapper=pd.ArrowDtype)

    def to_duckdb(self, connection: duckdb.DuckDBPyConnection | None = None) -> duckdb.DuckDBPyRelation:
        """Everything as a DuckDB relation, in memory."""
        import duckdb

        return (connection or duckdb.connect()).from_arrow(self.to_arrow())

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The batches as Arrow's C stream, read lazily: `pl.from_arrow(pipeline)`, `pa.table(pipeline)`."""
        import pyarrow as pa

        return pa.RecordBatchReader.from_batches(self.schema, self.batches()).__arrow_c_stream__(requested_schema)
