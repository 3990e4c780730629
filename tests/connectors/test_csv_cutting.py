"""However a file is cut into chunks, its rows are the same: cuts inside quotes are noticed and made good."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from conduit.connectors.csv import CsvSource, CsvSourceOptions
from conduit.sdk import ReadRequest, Rows
from tests.connectors.csv_reading import read_csv

TEXT = st.text(st.sampled_from('ab ,"\n\r;|é0'), max_size=12).filter(lambda text: "\r" not in text)
TABLE = st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=60)


@settings(max_examples=150, deadline=None)
@given(
    TABLE, st.integers(16, 400), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.sampled_from(["\n", "\r\n"])
)
def test_well_formed_csv_reads_as_written_whatever_the_chunk_size(
    table: list[tuple[str, str, str]], chunk: int, quoting: int, newline: str
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, quoting=quoting, lineterminator=newline)
    writer.writerow(["first", "second", "third"])
    writer.writerows(table)
    with TemporaryDirectory() as folder:
        outcome = read_csv(
            Path(folder),
            text.getvalue().encode(),
            chunk=chunk,
            header=True,
            delimiter=",",
            encoding="utf-8",
            columns=dict.fromkeys(["first", "second", "third"], "string"),
        )
    assert outcome.rejects == []
    # The csv module writes '' without quotes where it may, which is NULL here.
    expected = [tuple(value or None for value in row) for row in table]
    assert [tuple(value or None for value in row) for row in outcome.rows] == expected


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(b'a,"\n1;x\xc3\xa9\0\r '), max_size=400).map(bytes), st.integers(16, 300))
def test_any_bytes_give_the_same_rows_and_rejects_for_every_chunk_size(body: bytes, chunk: int) -> None:
    """Rows and rejects together are the lines of the file, and the size of the chunks decides nothing."""
    options = {"header": True, "delimiter": ",", "encoding": "utf-8", "columns": {"p": "string", "q": "string"}}
    with TemporaryDirectory() as folder:
        small = read_csv(Path(folder), b"p,q\n" + body, chunk=chunk, **options)
        whole = read_csv(Path(folder), b"p,q\n" + body, **options)
    assert small.rows == whole.rows
    assert small.rejects == whole.rejects


def test_reading_resumes_at_every_mark_with_exactly_the_rest(tmp_path: Path) -> None:
    body = b"".join(b'%d,"a, ""b""\nc %d"\n' % (i, i) for i in range(400))
    whole = read_csv(tmp_path, b"id,text\n" + body, chunk=1024)
    source = CsvSource(CsvSourceOptions(path=str(tmp_path / "x.csv")))
    request = ReadRequest(batch_bytes=1024)
    partition = source.scan(request).partitions[0]
    assert len(whole.marks) > 5
    for mark in whole.marks:
        rest = [
            tuple(row.values())
            for message in source.read(partition, request, mark)
            if isinstance(message, Rows)
            for row in message.data.to_pylist()
        ]
        assert rest == whole.rows[len(whole.rows) - len(rest) :]
        assert not rest or rest[-1] == whole.rows[-1]
