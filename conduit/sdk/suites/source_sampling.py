"""What a source owes whoever judges its schema: a few of its own rows, soon, and nothing used up by looking."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from conduit.core.casts import cast_or_null
from conduit.sdk import ReadRequest, Scan, Source
from conduit.sdk.suites import watch
from conduit.sdk.suites.compare import plain_type, require_rows_among, require_same_rows
from conduit.sdk.suites.examples import sample
from conduit.sdk.suites.reading import read_all
from conduit.sdk.suites.source_recipes import SMALL, SourceRecipes


class SamplingBehaviours(SourceRecipes):
    """Part of `SourceSuite`."""

    def test_a_sample_holds_rows_of_the_source(self, tmp_path: Path) -> None:
        source = self.make_source(tmp_path, sample(20_000))
        whole = read_all(source, SMALL)[1]
        for names in (None, tuple(whole.column_names[:1])):
            taken = _sampled(source, replace(SMALL, columns=names), 90)
            expected = whole if names is None else whole.select(list(names))
            assert taken.num_rows, "the sample of a source with rows is empty"
            require_rows_among(taken, expected, "a sample")
        require_same_rows(read_all(source, SMALL)[1], whole, "reading after a sample was taken")

    def test_a_sample_is_no_larger_than_asked(self, tmp_path: Path) -> None:
        source = self.make_source(tmp_path, sample(20_000))
        for rows in (1, 7, 900):
            found = _sampled(source, SMALL, rows).num_rows
            # A part has a third, rounded up.
            assert 0 < found <= rows + 2, f"asked for {rows} rows, got {found}"

    def test_a_sample_given_up_releases_everything(self, tmp_path: Path) -> None:
        watch.require_proc()
        source = self.make_source(tmp_path, sample(20_000))
        scan = source.scan(SMALL)
        list(source.sample(scan, SMALL, 90))  # what a library reserves once is not a leak
        files = watch.open_files()
        for _ in range(3):
            taking: Any = iter(source.sample(scan, SMALL, 90))
            next(taking)
            taking.close()
        watch.settles(lambda: len(watch.newly_open(files)), 0)
        assert not watch.newly_open(files), f"still open: {watch.newly_open(files)}"


def _sampled(source: Source[Any], request: ReadRequest, rows: int) -> pa.Table:
    """A sample as one table in the scanned types; text is cast to them."""
    scan = source.scan(request)
    tables = [
        _typed(pa.Table.from_batches([taken.rows]), scan)
        for taken in source.sample(scan, request, rows)
        if taken.rows.num_rows
    ]
    names = request.columns or tuple(scan.schema.names)
    return pa.concat_tables(tables).select(list(names)) if tables else scan.schema.empty_table()


def _typed(table: pa.Table, scan: Scan) -> pa.Table:
    columns = {}
    for name in table.column_names:
        kind = plain_type(scan.schema.field(name).type)
        columns[name] = cast_or_null(table.column(name).combine_chunks(), kind)
    return pa.table(columns)
