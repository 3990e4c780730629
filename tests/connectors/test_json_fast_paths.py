"""The fast parsers agree with the strict one on every line, or refuse: speed never costs a value, a key or a row."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest

from conduit.connectors._lib.json_chunks import Chunk
from conduit.connectors._lib.json_lines import lines_of
from conduit.connectors._lib.json_parsed import parse_rows
from conduit.connectors._lib.json_regular import RegularParser
from conduit.connectors._lib.json_slow import Reject, parse_slow

from .json_lines import Lines


def _strict(text: bytes, schema: pa.Schema, exact: frozenset[str]) -> tuple[dict[int, dict[str, Any]], list[Reject]]:
    """The rows by their lines, and the rejects."""
    lines = lines_of(text)
    piece, rejects = parse_slow(Chunk(text, 0, len(text)), lines, range(len(lines)), schema, exact)
    return dict(zip(piece.lines.tolist(), piece.rows.to_pylist(), strict=True)), rejects


def _regular(text: bytes, schema: pa.Schema, exact: frozenset[str]) -> dict[int, dict[str, Any]]:
    """The rows of the regular lines, by their lines."""
    rows: dict[int, dict[str, Any]] = {}
    for piece in RegularParser(schema, exact).pieces(lines_of(text)):
        piece.rows.validate(full=True)
        assert not rows.keys() & set(piece.lines.tolist())
        rows |= zip(piece.lines.tolist(), piece.rows.to_pylist(), strict=True)
    return rows


ACCEPTED = {0.0: (40, 300), 0.02: (40, 100), 0.1: (10, 30), 0.4: (0, 2)}


@pytest.mark.parametrize("wild", ACCEPTED)
def test_what_a_fast_parser_accepts_is_what_the_strict_one_reads(wild: float) -> None:
    regular = parsed = 0
    for seed in range(500):
        lines = Lines(seed, wild)
        schema = lines.schema()
        text = lines.text(schema, lines.random.randrange(1, 8))
        exact = frozenset(name for name in schema.names if lines.random.random() < 0.5)
        rows, rejects = _strict(text, schema, exact)
        if wild == 0:
            assert rejects == [], text
        taken = _regular(text, schema, exact)
        assert taken == {number: rows.get(number) for number in taken}, (text, schema)
        filled = sum(1 for line in text.split(b"\n") if line.strip(b" \t\r"))
        batch = parse_rows(text, filled, schema, exact) if filled else None
        if batch is not None:
            batch.validate(full=True)
            assert rejects == [], (text, schema)
            assert batch.to_pylist() == list(rows.values()), (text, schema)
        regular += len(taken) == filled > 0
        parsed += batch is not None
    # The comparison means something only where the fast parsers do accept.
    assert regular >= ACCEPTED[wild][0]
    assert parsed >= ACCEPTED[wild][1]


REGULAR = pa.schema([("i", pa.int64()), ("s", pa.string()), ("d", pa.decimal128(20, 2)), ("b", pa.bool_())])


@pytest.mark.parametrize(
    "row",
    [
        b'{"i":2,"s":"x","d":1.5,"B":true}',
        b'{"i":2,"s":"x","d":1.5,"b":true,"e":1}',
        b'{"i":2,"d":1.5,"s":"x","b":true}',
        b'{"i":2,"s":"x","d":1.5 ,"b":true}',
        b'{"i": 2,"s":"x","d":1.5,"b":true}',
        b'{"i":02,"s":"x","d":1.5,"b":true}',
        b'{"i":2,"s":"x","d":+1.5,"b":true}',
        b'{"i":2,"s":"x","d":1.,"b":true}',
        b'{"i":2,"s":"x","d":1.555,"b":true}',
        b'{"i":2,"s":"x","d":[1],"b":true}',
        b'{"i":2.5,"s":"x","d":1,"b":true}',
        b'{"i":2,"s":"x\ty","d":1,"b":true}',
        b'{"i":2,"s":"x\xff","d":1,"b":true}',
        b'{"i":2,"s":"\\n","d":1,"b":true}',
        b'{"i":2,"s":"x","d":1,"b":True}',
        b'{"i":-,"s":"x","d":1,"b":true}',
        b'{"i":,"s":"x","d":1,"b":true}',
        b' {"i":2,"s":"x","d":1,"b":true}',
        b'{"i":2,"s":"x","d":1,"b":true} ',
        b'{"i":2,"s":"x","d":1,"b":true',
        b'{"i":2,"s":"x","d":1,"b":true]',
        b'{"i":2,"s":"x","d":1,"b":true}}',
        b'',
    ],
)  # fmt: skip
def test_a_row_that_is_written_otherwise_is_no_regular_one(row: bytes) -> None:
    """One byte that differs from the first row must be seen, wherever it stands."""
    good = b'{"i":1,"s":"a","d":0.25,"b":false}\n'
    other = b'{"i":22,"s":"abc","d":1,"b":true}\n'
    assert list(_regular(good * 3, REGULAR, frozenset())) == [0, 1, 2]
    assert list(_regular(good + row + b"\n" + good, REGULAR, frozenset())) == [0, 2]
    assert list(_regular(good + good + row + b"\n", REGULAR, frozenset())) == [0, 1]
    # Where no two values have the same length, nothing can be noticed by that.
    assert list(_regular(good + other + row + b"\n" + other, REGULAR, frozenset())) == [0, 1, 3]


def test_nulls_among_numbers_are_regular() -> None:
    text = b'{"i":1,"s":"a","d":0.25,"b":false}\n{"i":null,"s":"","d":null,"b":null}\n'
    assert _regular(text, REGULAR, frozenset())[1] == {"i": None, "s": "", "d": None, "b": None}


@pytest.mark.parametrize("text", [": x", ":", ":null", ": ", 'a": b', "[1]", "{}", "\\", "a :b"])
def test_texts_that_look_like_keys_do_not_slow_a_chunk_down(text: str) -> None:
    """They are rare in a file and present in most of its chunks, so refusing them would cost all of the speed."""
    lines = b"".join(json.dumps({"a": text, "n": i}).encode() + b"\n" for i in range(3))
    batch = parse_rows(lines, 3, pa.schema([("a", pa.string()), ("n", pa.int64())]), frozenset())
    assert batch is not None
    assert batch.column("a").to_pylist() == [text] * 3


@pytest.mark.parametrize(
    "escape", ["\\ud800", "\\udc00", "\\\\\\ud83d", "\\ud83d\\\\ude00", "\\ude00\\ud83d", "\\uDBFFx"]
)
def test_half_a_surrogate_pair_is_refused(escape: str) -> None:
    """The bulk parser makes a NUL of it."""
    schema = pa.schema([("a", pa.string())])
    assert parse_rows(b'{"a":"x%sy"}\n' % escape.encode(), 1, schema, frozenset()) is None
    assert parse_rows(b'{"a":"\\\\ud800 \\ud83d\\ude00"}\n', 1, schema, frozenset()) is not None
