"""A CSV row either loads as it is written or becomes a reject that says where and why; no third thing happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from conduit.errors import SourceError
from tests.connectors.csv_reading import read_csv

CASES = {
    "too few fields": (b"1,a\n2,b,c\n", [(2, "b", "c")], [(2, "too_few_fields")]),
    "too few fields in the last row": (b"1,a,b\n3,z\n", [(1, "a", "b")], [(3, "too_few_fields")]),
    "too many fields": (b"1,a,b,c\n2,b,c\n", [(2, "b", "c")], [(2, "too_many_fields")]),
    "a trailing delimiter": (b"1,a,b\n2,c,d,\n", [(1, "a", "b")], [(3, "too_many_fields")]),
    "text after a closing quote": (b'1,"a"b,c\n2,b,c\n', [(2, "b", "c")], [(2, "bad_quote")]),
    "a quote that is never closed": (b'1,a,b\n2,"b,c\n3,"x",y\n', [(1, "a", "b"), (3, "x", "y")], [(3, "bad_quote")]),
    "an open quote in the last column": (b'1,a,b\n2,b,"c\n3,x,y\n', [(1, "a", "b"), (3, "x", "y")], [(3, "bad_quote")]),
    "an open quote at the end of the file": (b'1,a,b\n2,b,"c', [(1, "a", "b")], [(3, "bad_quote")]),
    "two broken quotes that make up for each other": (
        b'1,"a,x\n2,"b",y\n3,c",z\n',
        [(2, "b", "y"), (3, 'c"', "z")],
        [(2, "bad_quote")],
    ),
    "a NUL byte": (b"1,a\x00b,c\n2,b,c\n", [(2, "b", "c")], [(2, "nul_byte")]),
    "a lone carriage return": (b"1,a\rb,c\n2,b,c\n", [(2, "b", "c")], [(2, "bad_newline")]),
    "invalid UTF-8": (b"1,\xc3\xa9\xc3\xa8,c\n2,b\xff,c\n", [(1, "éè", "c")], [(3, "bad_value")]),
    "a quote inside a bare field": (b'1,5",c\n2,6" x 7",d\n', [(1, '5"', "c"), (2, '6" x 7"', "d")], []),
    "a blank line": (b"1,a,b\n\n2,b,c\n", [(1, "a", "b"), (2, "b", "c")], []),
    "a doubled quote": (b'1,"a""b","""x"\n', [(1, 'a"b', '"x')], []),
    "a quoted newline": (b'1,"a\nb",c\n2,x,y\n', [(1, "a\nb", "c"), (2, "x", "y")], []),
    "no newline at the end": (b"1,a,b\n2,c,d", [(1, "a", "b"), (2, "c", "d")], []),
    "an empty last field": (b"1,a,\n", [(1, "a", None)], []),
    "NULL and the empty string": (b'1,"",x\n2,,y\n', [(1, "", "x"), (2, None, "y")], []),
    "Windows line ends": (b"1,a,b\r\n2,c,d\r\n", [(1, "a", "b"), (2, "c", "d")], []),
}


@pytest.mark.parametrize(("body", "rows", "reasons"), CASES.values(), ids=CASES.keys())
def test_every_row_loads_or_is_rejected(
    tmp_path: Path, body: bytes, rows: list[tuple[object, ...]], reasons: list[tuple[int, str]]
) -> None:
    outcome = read_csv(tmp_path, b"id,name,note\n" + body, columns={"id": "int64"}, header=True, delimiter=",")
    assert (outcome.rows, outcome.reasons) == (rows, reasons)


def test_a_value_that_does_not_convert_is_rejected_with_its_raw_row(tmp_path: Path) -> None:
    """Never a silent null: the reject names file, line, column and value, and keeps the bytes."""
    outcome = read_csv(tmp_path, b"id,amount\n1,1.50\n2,abc\n3,1.239\n", columns={"amount": "decimal(12,2)"})
    assert [row[0] for row in outcome.rows] == [1]
    first, second = outcome.rejects
    assert first["raw"] == b"2,abc"
    assert (first["line"], first["field"], first["value"], first["code"]) == (3, "amount", "abc", "bad_value")
    assert first["file"].endswith("x.csv")
    assert second["value"] == "1.239", "a decimal with too many digits is not rounded"


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("int64", b"9223372036854775807", b"9223372036854775808"),
        ("int8", b"-128", b"128"),
        ("date32", b"2024-02-29", b"2023-02-29"),
        ("timestamp[us]", b"2024-01-01 10:00:00.123456", b"2024-01-01 10:00:00.1234567"),
        ("timestamp[us]", b"2024-01-01T10:00:00", b"2024-01-01T10:00:00Z"),
        ("timestamp[us, UTC]", b"2024-01-01T10:00:00+02:00", b"2024-01-01T10:00:00"),
        ("bool", b"true", b"yes"),
        ("time[us]", b"23:59:59.5", b"24:00:00"),
        ("float64", b"1e308", b"1,5"),
        ("decimal(5,2)", b"999.99", b"1000.00"),
    ],
)
def test_types_are_taken_at_their_word(tmp_path: Path, kind: str, good: bytes, bad: bytes) -> None:
    """Out of range, out of precision, with a zone where none is expected: each is a reject, none is bent to fit."""
    content = b"v|w\n" + good + b"|a\n" + bad + b"|b\n"
    outcome = read_csv(tmp_path, content, columns={"v": kind}, delimiter="|", header=True)
    assert [row[1] for row in outcome.rows] == ["a"]
    assert [reject["value"] for reject in outcome.rejects] == [bad.decode()]


def test_a_quoted_empty_field_of_a_number_is_null(tmp_path: Path) -> None:
    """Files that quote everything have no other way to say NULL in a column of numbers."""
    outcome = read_csv(tmp_path, b'"a","b"\n"1",""\n"","x"\n')
    assert outcome.rows == [(1, ""), (None, "x")]


def test_line_numbers_count_physical_lines_over_many_chunks(tmp_path: Path) -> None:
    body = b"".join(b'%d,"two\nlines"\n' % i for i in range(300)) + b"oops\n" + b"7,x\n"
    outcome = read_csv(tmp_path, b"id,text\n" + body, chunk=512)
    assert outcome.reasons == [(602, "too_few_fields")]
    assert len(outcome.rows) == 301


def test_an_empty_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is empty"):
        read_csv(tmp_path, b"")


def test_a_header_alone_is_no_rows(tmp_path: Path) -> None:
    outcome = read_csv(tmp_path, b"a,b\n")
    assert (outcome.rows, list(outcome.types)) == ([], ["a", "b"])


def test_a_truncated_gzip_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    import gzip

    whole = gzip.compress(b"a,b\n" + b"".join(b"%d,text number %d\n" % (i, i * 7919) for i in range(200_000)))
    with pytest.raises(SourceError, match=r"x\.csv\.gz"):
        read_csv(tmp_path, whole[: len(whole) // 2], name="x.csv.gz")


@pytest.mark.parametrize("rows", [1, 300_000], ids=["small", "large enough for the vectorised search"])
def test_a_number_that_kills_the_decimal_cast_of_arrow_is_rejected(tmp_path: Path, rows: int) -> None:
    good = b"1.50,the-end,e-1\n" * rows
    outcome = read_csv(
        tmp_path, b"a,b,c\n" + good + b"1e-999999999,y,z\n1e-2,x,x\n", columns={"a": "decimal(12,2)"}, header=True
    )
    assert len(outcome.rows) == rows + 1
    assert [reject["value"] for reject in outcome.rejects] == ["1e-999999999"]
