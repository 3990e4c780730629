"""Random lines of JSON for a schema: mostly right, and wrong in the ways that a fast parser might not notice."""

from __future__ import annotations

import json
import random

import pyarrow as pa

FLAT = (
    pa.int64(), pa.float64(), pa.string(), pa.bool_(), pa.date32(), pa.timestamp("us"), pa.timestamp("us", "UTC"),
    pa.decimal128(10, 2), pa.decimal128(38, 4), pa.decimal256(50, 3), pa.uint64(), pa.int8(), pa.float32(), pa.binary(),
    pa.time64("us"), pa.duration("us"),
)  # fmt: skip
NESTED = (
    pa.list_(pa.int64()), pa.list_(pa.string()), pa.list_(pa.float64()), pa.list_(pa.list_(pa.int64())),
    pa.struct([("x", pa.int64()), ("y", pa.string())]),
    pa.struct([("d", pa.decimal128(20, 3)), ("t", pa.timestamp("us"))]),
    pa.list_(pa.struct([("p", pa.float64()), ("q", pa.list_(pa.string()))])),
)  # fmt: skip
NAMES = ("a", "b", "c", "d", "longer_name_here", "k:", "ü", "n1")

_TEXTS = (
    "", "a", "N", "hello world", ":", ": x", ":n", ":null", ": null", ': "', '"', "\\", "a\\", '\\":', '":', "{", "[",
    "[1]", '{"a":1}', "é", "😀", "\u2028", "\0", "\t", "\n", ',"a":5', "null", "5", "1.50", "true", "12.50",
    "2024-02-29", "2024-02-30", "2024-02-29T10:00:00", "2024-02-29T10:00:00Z", "2024-02-29T10:00:00.1234567",
    "10:00:00", "24:00:00", "YWJj", "YWJ", "1e-999999999", "e-400", "12345678901234567", "a:b", "a :b", 'a" :b', '"a":',
)  # fmt: skip
_NUMBERS = (
    "0", "-0", "1", "-1", "1.0", "1.5", "1.50", "1e3", "1E+2", "1e-3", "127", "128", "9223372036854775807",
    "9223372036854775808", "18446744073709551615", "18446744073709551616", "12345678901234567.89", "0.1",
    "0.1234567890123456", "0.10000000000000001", "0.123456789012345678", "1e400", "1e-400", "5e-324", "1e22",
    "12345.678", "1e-999999999", "3.5e38", "1.239", "123456789012345678901234567890.5", "9007199254740993", "1e99999",
)  # fmt: skip
_BROKEN = ("01", "+1", ".5", "1.", "1.e5", "-", "0x1F", "NaN", "Infinity", "1e", "nul", "tru", "--1", "1_0")


class Lines:
    """Text for schemas. `wild` is how likely a value is not what its column wants; 0 makes only good rows."""

    def __init__(self, seed: int, wild: float) -> None:
        self.random = random.Random(seed)
        self.wild = wild
        # One program writes all its rows alike; and often it has no nulls and no odd texts to write.
        self.alike = self.random.random() < 0.5
        self.nulls = self.random.choice([0.0, 0.1])
        self.separators = self.random.choice([(",", ":"), (", ", ": ")])

    def schema(self) -> pa.Schema:
        names = self.random.sample(NAMES, self.random.randrange(1, 6))
        kinds = self.random.choice([FLAT, FLAT + NESTED])
        return pa.schema([(name, self.random.choice(kinds)) for name in names])

    def text(self, schema: pa.Schema, rows: int) -> bytes:
        end = self.random.choice(["\n", "\n", "\r\n"])
        lines = []
        for _ in range(rows):
            keys = [field for field in schema if self.alike or self.random.random() < 0.9]
            line = self._object([(field.name, self._value(field.type)) for field in keys])
            if self._strikes(0.1):
                line = self.random.choice(
                    ["", "  ", "5", "null", "[1]", line + line, line[:-1], line + " x", "{" + line]
                )
            lines.append(line + end)
        raw = "".join(lines).encode("utf-8", "surrogatepass")
        if self._strikes(0.3):
            at = self.random.randrange(len(raw))
            raw = raw[:at] + bytes([self.random.choice(b'\0\xff\xc3",\\:\n {}')]) + raw[at:]
        return raw

    def _odd(self) -> bool:
        return self.wild > 0 and (not self.alike or self._strikes(1))

    def _strikes(self, share: float) -> bool:
        return self.random.random() < self.wild * share

    def _value(self, kind: pa.DataType) -> str:
        if self.random.random() < self.nulls:
            return "null"
        if self._strikes(0.2):
            return self.random.choice(_BROKEN)
        if self._strikes(1):
            kind = self.random.choice(FLAT + NESTED)
        if pa.types.is_struct(kind):
            return self._object([(f.name, self._value(f.type)) for f in kind if self.random.random() < 0.9])
        if pa.types.is_list(kind):
            return "[" + ",".join(self._value(kind.value_type) for _ in range(self.random.randrange(4))) + "]"
        if pa.types.is_boolean(kind):
            return self.random.choice(["true", "false"])
        if self.wild and pa.types.is_decimal(kind) and self.random.random() < 0.2:
            return self._quoted(self.random.choice(_TEXTS))
        if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
            return self.random.choice(_NUMBERS if self._odd() else ("0", "1.5", "-3", "0.25"))
        if pa.types.is_integer(kind) or pa.types.is_duration(kind):
            return self.random.choice(_NUMBERS if self._odd() else ("0", "1", "127"))
        return self._quoted(self.random.choice(_TEXTS if self._odd() else _good_texts(kind, self.alike)))

    def _quoted(self, text: str) -> str:
        quoted = json.dumps(text, ensure_ascii=self.random.random() < 0.5)
        if self._strikes(0.1):
            odd = self.random.choice(["\\ud800", "\\udc00", "\\ud83d\\ude00", "\\u003a", "\\x", "\t", "\\\\"])
            return f'"{odd}{quoted[1:]}' if self.random.random() < 0.5 else f'{quoted[:-1]}{odd}"'
        return quoted

    def _object(self, items: list[tuple[str, str]]) -> str:
        if self._strikes(0.3):
            value = self.random.choice(["1", "null", '"s"', '":null"', '": x"', '":"', "[1]", "{}"])
            items.append((self.random.choice(["a", "b", "zz", "x", "p", "a:", "zz\\"]), value))
        if self._strikes(0.3):
            self.random.shuffle(items)
        comma, colon = self.separators
        if self._strikes(0.1):
            comma, colon = self.random.choice([(" ,", " :"), (",\t", ":  "), (",", "\t:")])
        return "{" + comma.join(json.dumps(key) + colon + value for key, value in items) + "}"


def _good_texts(kind: pa.DataType, plain: bool) -> tuple[str, ...]:
    if pa.types.is_date(kind):
        return ("2024-02-29", "1999-01-01")
    if pa.types.is_timestamp(kind):
        return ("2024-02-29T10:00:00Z", "2024-02-29 10:00:00.5+02:00") if kind.tz else ("2024-02-29T10:00:00.123456",)
    if pa.types.is_time(kind):
        return ("10:00:00", "23:59:59.123456")
    if pa.types.is_binary(kind):
        return ("YWJj", "")
    return ("hello world", "", "é", ": x") if plain else _TEXTS[:24]
