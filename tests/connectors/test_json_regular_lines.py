"""Lines that are written alike are read side by side: each by itself is right, or is left to the strict parser."""

from __future__ import annotations

import calendar
import datetime as dt
import json
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from conduit.connectors._lib.json_chunks import Chunk
from conduit.connectors._lib.json_lines import REACH, lines_of
from conduit.connectors._lib.json_regular import RegularParser
from conduit.connectors._lib.json_slow import parse_slow

INTEGERS = ("0", "-0", "7", "-7", "99999999", "100000000", "9999999999999999", "-12345678901234567")
LONG = (
    "9223372036854775807", "-9223372036854775808", "9223372036854775808", "18446744073709551615", "1" * 20,
    "30000000000000000000", "9" * 20, "9" * 24, "-" + "9" * 24, "1" * 40,
)  # fmt: skip
POINTS = (
    "0.1", "-0.0", "1.50", "1234567.25", "12345678.25", "0.123456789012345", "1234567.12345678", "99999999.5",
    "123456789012345.6", "0.1234567890123456789", "1e5", "1.5E-3", "-2.5e+10", "1e400", "4.9e-324",
)  # fmt: skip
NOT_NUMBERS = ("01", "-01", "00.5", "1.", ".5", "-", "-.5", "+1", "1.2.3", "1_0", "--1", "1e", "NaN", "nul", "0x1", "")
TEXTS = ('""', '"a"', '"' + "x" * 7 + '"', '"' + "x" * 8 + '"', '"' + "é" * 40 + '"', '"' + "," * 700 + '"', '"{}[]:,"')
DATES = ('"2024-02-29"', '"0001-01-01"', '"9999-12-31"', '"1969-12-31"', '"1900-03-01"')
NOT_DATES = (
    '"2023-02-29"',
    '"2024-13-01"',
    '"2024-17-01"',
    '"2024-99-01"',
    '"2024-00-01"',
    '"2024-01-00"',
    '"2024-04-31"',
    '"2024-1-01"',
    '"2024/01/01"',
)


def _read(text: bytes, schema: pa.Schema, exact: frozenset[str] = frozenset()) -> dict[int, dict[str, Any]]:
    rows: dict[int, dict[str, Any]] = {}
    for piece in RegularParser(schema, exact).pieces(lines_of(text)):
        piece.rows.validate(full=True)
        rows |= zip(piece.lines.tolist(), piece.rows.to_pylist(), strict=True)
    return rows


def _strictly(text: bytes, schema: pa.Schema, exact: frozenset[str] = frozenset()) -> dict[int, dict[str, Any]]:
    lines = lines_of(text)
    piece, _ = parse_slow(Chunk(text, 0, len(text)), lines, range(len(lines)), schema, exact)
    return dict(zip(piece.lines.tolist(), piece.rows.to_pylist(), strict=True))


def _lines(values: list[str], key: str = "v") -> bytes:
    return "".join(f'{{"n":{i % 7},"{key}":{value},"end":"e"}}\n' for i, value in enumerate(values)).encode()


@pytest.mark.parametrize(
    ("kind", "values", "all_taken"),
    [
        (pa.int64(), INTEGERS, True),
        (pa.int64(), INTEGERS + LONG + POINTS + NOT_NUMBERS, False),
        (pa.uint64(), INTEGERS + LONG + NOT_NUMBERS, False),
        (pa.int8(), ("127", "-128", "128", "-129", "300", "0"), False),
        (pa.float64(), INTEGERS[:6] + POINTS[:8], True),
        (pa.float64(), INTEGERS + LONG + POINTS + NOT_NUMBERS, False),
        (pa.decimal128(12, 2), ("0", "1.5", "-1.25", "9999999999.99", "-0.01"), True),
        (pa.decimal128(12, 2), INTEGERS + LONG + POINTS + NOT_NUMBERS, False),
        (pa.decimal128(38, 10), INTEGERS + LONG + POINTS + NOT_NUMBERS, False),
        (pa.decimal256(60, 20), INTEGERS + LONG + POINTS + NOT_NUMBERS, False),
        (pa.bool_(), ("true", "false"), True),
        (pa.bool_(), ("true", "false", "True", "truth", "falsehood", "1"), False),
        (pa.date32(), DATES, True),
        (pa.date32(), DATES + NOT_DATES, False),
        (pa.timestamp("us"), ('"2024-02-29T10:00:00"', '"2024-02-29 10:00:00.123456"', '"2024-02-29"'), False),
        (pa.timestamp("us", "UTC"), ('"2024-02-29T10:00:00Z"', '"2024-02-29T10:00:00+02:00"', '"x"'), False),
        (pa.string(), TEXTS, True),
        (pa.string(), (*TEXTS, '"a\\"b"', '"\\\\"', '"\t"', '"\0"', "5", '"', '"a"b"'), False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("nulls", [False, True])
def test_every_value_is_read_as_the_strict_parser_reads_it(
    kind: pa.DataType, values: tuple[str, ...], all_taken: bool, nulls: bool
) -> None:
    """In every order, for what stands next to a value decides which way it is read."""
    schema = pa.schema([("n", pa.int64()), ("v", kind), ("end", pa.string())])
    for seed in range(12):
        dice = random.Random(seed)
        chosen = dice.choices([*values, "null"] if nulls else values, k=dice.choice([3, 60, 200]))
        text = _lines(chosen)
        exact = frozenset(["v"] if dice.random() < 0.5 else [])
        strict, taken = _strictly(text, schema, exact), _read(text, schema, exact)
        assert {number: repr(row) for number, row in taken.items()} == {
            number: repr(strict.get(number)) for number in taken
        }
        if all_taken and not exact:
            assert taken.keys() == strict.keys()


def test_up_to_15_digits_give_the_nearest_float() -> None:
    dice = random.Random(1)
    numbers = []
    for _ in range(20_000):
        digits = str(dice.randrange(10 ** dice.randrange(1, 16)))
        point = dice.randrange(0, len(digits))
        numbers.append(f"{digits[:point] or '0'}.{digits[point:]}"[: len(digits) + 1])
    numbers = [number for number in numbers if not (number[0] == "0" and number[1] != ".") and number[-1] != "."]
    schema = pa.schema([("n", pa.int64()), ("v", pa.float64()), ("end", pa.string())])
    taken = _read(_lines(numbers), schema)
    assert [taken[i]["v"] for i in range(len(numbers))] == [float(number) for number in numbers]


def test_every_month_has_its_days() -> None:
    schema = pa.schema([("n", pa.int64()), ("v", pa.date32()), ("end", pa.string())])
    months = [(year, month) for year in (*range(1, 10_000, 97), 1900, 2000, 2024) for month in range(1, 13)]
    last = [dt.date(year, month, calendar.monthrange(year, month)[1]) for year, month in months]
    text = _lines([f'"{day.isoformat()}"' for day in last])
    assert [row["v"] for row in _read(text, schema).values()] == last
    after = [f'"{day.isoformat()[:8]}{day.day + 1}"' for day in last]
    assert _read(_lines(after), schema) == {}


def test_a_bad_line_costs_only_itself() -> None:
    schema = pa.schema([("id", pa.int64()), ("name", pa.string()), ("price", pa.decimal128(12, 2))])
    lines = [b'{"id":%d,"name":"row %d","price":%d.5}\n' % (i, i, i) for i in range(5_000)]
    bad = {7: b"{}\n", 70: b'{"id":"x","name":"","price":1}\n', 700: lines[700][:-5] + b"\n", 4_999: b"\xff\n"}
    for number, line in bad.items():
        lines[number] = line
    taken = _read(b"".join(lines), schema)
    assert taken.keys() == set(range(5_000)) - bad.keys()
    assert taken[4_998] == {"id": 4_998, "name": "row 4998", "price": Decimal("4998.50")}


def test_values_may_become_longer_than_they_were() -> None:
    """Lengths are learned from a few lines, and later ones may be otherwise."""
    schema = pa.schema([("id", pa.int64()), ("s", pa.string()), ("x", pa.float64())])
    for size in (1, 8, 30, 100):
        lines = [
            json.dumps({"id": 10**size if i in (40, 41) else 5, "s": "x" * size if i == 90 else "y", "x": 0.5})
            for i in range(150)
        ]
        text = "\n".join(lines).encode()
        taken, strict = _read(text, schema), _strictly(text, schema)
        assert taken == {number: strict[number] for number in taken}
        assert len(taken) >= 147


def test_a_few_shapes_in_turn_are_all_regular() -> None:
    schema = pa.schema([("a", pa.int64()), ("b", pa.string()), ("c", pa.bool_())])
    shapes: list[Callable[[int], dict[str, Any]]] = [
        lambda i: {"a": i, "b": str(i), "c": True},
        lambda i: {"a": i, "c": False},
        lambda i: {"b": f"t{i}", "a": i},
    ]
    text = b"".join(json.dumps(shapes[i % 3](i)).encode() + b"\n" for i in range(600))
    assert _read(text, schema) == _strictly(text, schema)
    assert len(_read(text, schema)) == 600


def test_more_columns_than_a_window_holds() -> None:
    names = [f"a rather long name of a column {i}" for i in range(60)]
    schema = pa.schema([(name, pa.string() if i % 2 else pa.int64()) for i, name in enumerate(names)])
    rows = [{name: "same" if i % 2 else 1 for i, name in enumerate(names)} for _ in range(50)]
    assert len("".join(names)) > 3 * REACH
    for end in ("\n", "\r\n"):
        text = "".join(json.dumps(row) + end for row in rows).encode()
        assert list(_read(text, schema).values()) == rows


def test_lines_that_all_have_a_key_twice_are_left_over() -> None:
    assert _read(b'{"a":1,"a":2}\n' * 50, pa.schema([("a", pa.int64())])) == {}


def test_a_key_longer_than_a_window_is_left_over() -> None:
    name = "k" * (REACH + 10)
    assert _read(b'{"%s":1}\n' % name.encode() * 3, pa.schema([(name, pa.int64())])) == {}


@pytest.mark.parametrize("broken", [b"\xc3", b"\xa9", b"\xff", b"\xed\xa0\x80", b"\xc3\xa9\xc3"])
def test_what_is_no_utf8_is_left_over_also_where_two_halves_make_a_character(broken: bytes) -> None:
    schema = pa.schema([("s", pa.string()), ("t", pa.string())])
    good = '{"s":"é","t":"a"}\n'.encode()
    text = good + b'{"s":"%s","t":"a"}\n' % broken + b'{"s":"\xa9","t":"\xc3"}\n' + good
    assert list(_read(text, schema)) == [0, 3]


def test_what_one_chunk_looked_like_does_no_harm_to_another() -> None:
    """The parser remembers; the next chunk may have nothing in common with that."""
    schema = pa.schema([("id", pa.int64()), ("s", pa.string()), ("x", pa.float64())])
    usual = b'{"id":1,"s":"a","x":0.5}\n'
    others = [b"{}\n", b"\n", b"x\n", b'{"x":1.5,"s":"b"}\n', b'"' * 30 + b"\n", b"9" * 600 + b"\n", usual, usual[:-1]]
    for first in others:
        for second in others:
            for count in (1, 2, 40):
                text = first * count + second
                parser = RegularParser(schema, frozenset())
                assert sum(piece.rows.num_rows for piece in parser.pieces(lines_of(usual * 50))) == 50
                strict = _strictly(text, schema)
                for piece in parser.pieces(lines_of(text)):
                    assert piece.rows.to_pylist() == [strict[number] for number in piece.lines.tolist()]
