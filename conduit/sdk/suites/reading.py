"""Read a source the way the engine does: scan, read its partitions, apply what the source did not absorb."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pyarrow as pa

from conduit.sdk import Malformed, Mark, Message, Partition, Position, ReadRequest, Rows, Scan, Source
from conduit.sdk.suites.compare import require_rows_among, require_same_rows


def read_all(source: Source[Any], request: ReadRequest) -> tuple[Scan, pa.Table]:
    """What the source answered to `request`, and the rows of all its partitions."""
    scan = scanned(source, request)
    return scan, rows_of((m for part in scan.partitions for m in read_partition(source, scan, part)), scan)


def scanned(source: Source[Any], request: ReadRequest) -> Scan:
    """The source's answer to `request`. The batch size is not something to absorb: reading always gets it."""
    scan = source.scan(request)
    return replace(scan, absorbed=replace(scan.absorbed, batch_bytes=request.batch_bytes))


def read_partition(source: Source[Any], scan: Scan, part: Partition, resume: Position | None = None) -> list[Message]:
    """Every message of one partition."""
    return list(source.read(part, scan.absorbed, resume))


def rows_of(messages: Iterable[Message], scan: Scan) -> pa.Table:
    """The rows among the messages. AssertionError when a row was called malformed: the suites' data is sound."""
    batches = []
    for message in messages:
        assert not isinstance(message, Malformed), f"a sound row is called malformed: {message.data.to_pylist()[:3]}"
        if isinstance(message, Rows):
            batches.append(message.data)
    if batches:
        return pa.Table.from_batches(batches)
    names = scan.absorbed.columns if scan.absorbed.columns is not None else scan.schema.names
    return pa.schema([scan.schema.field(name) for name in names]).empty_table()


def marks_of(messages: Iterable[Message], most: int) -> list[tuple[int, Mark]]:
    """The marks with their places among the messages; when there are many, `most` of them, first and last included."""
    found = [(place, message) for place, message in enumerate(messages) if isinstance(message, Mark)]
    if len(found) <= most:
        return found
    return [found[i * (len(found) - 1) // (most - 1)] for i in range(most)]


def residual(table: pa.Table, rest: ReadRequest) -> pa.Table:
    """`table` after the filter, the limit and the selection of `rest`; a filter that yields NULL does not pass."""
    import polars as pl

    if rest.filter is not None:
        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)
        passed = frame.select(passed=pl.sql_expr(rest.filter.text).fill_null(False))["passed"]
        table = table.filter(passed.to_arrow())
    if rest.limit is not None:
        table = table.slice(0, rest.limit)
    return table if rest.columns is None else table.select(list(rest.columns))


def require_pushdown(source: Source[Any], whole: pa.Table, request: ReadRequest) -> None:
    """AssertionError unless what the source absorbed gives the rows that applying it to the `whole` gives."""
    scan, rows = read_all(source, request)
    found = residual(rows, request.without(scan.absorbed))
    expected = residual(whole, replace(request, limit=None))
    asked = f"columns={request.columns} filter={request.filter and request.filter.text!r} limit={request.limit}"
    if request.limit is None:
        require_same_rows(found, expected, asked)
    else:
        assert found.num_rows == min(request.limit, expected.num_rows), f"{asked} gave {found.num_rows} rows"
        require_rows_among(found, expected, asked)


def open_and_close(source: Source[Any], scan: Scan, partition: Partition) -> None:
    """Take the first message of a partition, and no more."""
    reader = source.read(partition, scan.absorbed, None)
    assert isinstance(next(reader), object)
    close = getattr(reader, "close", None)
    assert close is not None, "read must return a generator: its caller closes it"
    close()
