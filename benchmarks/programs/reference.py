"""Say exactly what a data set contains, with the standard library alone. Called with: SCHEMA INPUT OUTPUT [RULES].

This is the judge that every program's answer is compared with, so it shares no code with any of them:
numbers are summed as whole integers, and a field is NULL only when it is empty and unquoted. With rules, it says
what is left when the rows that they reject are taken out, and which those are.
"""

import csv
import datetime
import json
import math
import re
import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any

from benchmarks.programs.columns import SCHEMAS, decimal_digits
from benchmarks.programs.reference_rejects import Sieve

# One field per match, its quotes kept: they are what tells "" from nothing.
FIELD = re.compile(r'("(?:[^"]|"")*"|[^,\n]*)[,\n]')
BLOCK = 8 << 20
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
FIRST_DAY = EPOCH.date().toordinal()

Column = list[str | None]


def plain_csv(path: str) -> Iterator[list[Column]]:
    """Read a CSV without any quoted empty field: the csv module suffices, an empty field is NULL."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        while block := list(islice(rows, 100_000)):
            yield [[value or None for value in column] for column in zip(*block, strict=True)]


def quoted_csv(path: str, width: int) -> Iterator[list[Column]]:
    """Read a CSV field by field, quotes kept until NULL and the empty string are told apart."""
    with open(path, encoding="utf-8", newline="") as file:
        file.readline()
        rest = ""
        while block := file.read(BLOCK):
            text = rest + block
            cut = text.rfind("\n") + 1
            while text.count('"', 0, cut) % 2:  # inside quotes: not the end of a record
                cut = text.rfind("\n", 0, cut - 1) + 1
            rest = text[cut:]
            fields = FIELD.findall(text, 0, cut)
            if len(fields) % width:
                raise SystemExit(f"{path}: a block of {len(fields)} fields is not made of {width} columns")
            yield [[_unquote(field) for field in fields[column::width]] for column in range(width)]
        if rest:
            raise SystemExit(f"{path}: the last record has no line break")


def _unquote(field: str) -> str | None:
    if field.startswith('"'):
        return field[1:-1].replace('""', '"')
    return field or None


def ndjson(path: str, names: list[str]) -> Iterator[list[Column]]:
    """Read NDJSON; a number keeps the spelling it has in the file."""
    decode = json.JSONDecoder(parse_float=str, parse_int=str).decode
    with open(path, encoding="utf-8") as file:
        while lines := list(islice(file, 100_000)):
            rows = [decode(line) for line in lines]
            yield [[row[name] for row in rows] for name in names]


def measure(kind: str, values: list[str]) -> dict[str, Any]:
    """Sum up one column's values, none of them NULL; every entry adds up over blocks."""
    digits = decimal_digits(kind)
    if digits:
        return {"sum": sum(_unscaled(value, digits[1]) for value in values)}
    match kind:
        case "int64":
            return {"sum": sum(map(int, values))}
        case "float64":
            return {"sum": math.fsum(map(float, values))}
        case "bool":
            return {"sum": values.count("true")}
        case "date32":
            return {"sum": sum(_day(value) for value in values)}
        case "timestamp[us, UTC]":
            return {"sum": sum(_microseconds(value) for value in values)}
    data = "".join(values).encode()
    return {"empty": values.count(""), "bytes": len(data), "byte_sum": sum(data)}


def _unscaled(value: str, scale: int) -> int:
    whole, _, fraction = value.partition(".")
    return int(whole + fraction.ljust(scale, "0"))


def _day(value: str, known: dict[str, int] = {}) -> int:  # noqa: B006 - the cache is the point
    if value not in known:
        known[value] = datetime.date.fromisoformat(value).toordinal() - FIRST_DAY
    return known[value]


def _microseconds(value: str) -> int:
    return (datetime.datetime.fromisoformat(value) - EPOCH) // datetime.timedelta(microseconds=1)


def summary(schema_name: str, path: str, rules: str = "") -> dict[str, Any]:
    """Give rows, and per column its type, NULLs and sums; with rules, those of the rows that pass, and the others."""
    schema = SCHEMAS[schema_name]
    sieve = Sieve(rules, list(schema)) if rules else None
    columns: dict[str, dict[str, Any]] = {name: {"type": kind, "nulls": 0} for name, kind in schema.items()}
    rows = 0
    for whole in _blocks(schema_name, path):
        block = sieve.passed(whole) if sieve else whole
        rows += len(block[0])
        for (name, kind), values in zip(schema.items(), block, strict=True):
            known = [value for value in values if value is not None]
            columns[name]["nulls"] += len(values) - len(known)
            for key, value in measure(kind, known).items():
                columns[name][key] = columns[name].get(key, 0) + value
    rejected = {"rejected": sieve.rejected()} if sieve else {}
    return {"rows": rows, "columns": columns, **rejected}


def _blocks(schema_name: str, path: str) -> Iterator[list[Column]]:
    schema = SCHEMAS[schema_name]
    if path.endswith(".ndjson"):
        return ndjson(path, list(schema))
    return quoted_csv(path, len(schema)) if schema_name == "wide" else plain_csv(path)


def main(schema_name: str, path: str, output: str, rules: str = "") -> None:
    """Write the summary as JSON."""
    with open(output, "w", encoding="utf-8") as file:
        json.dump(summary(schema_name, path, rules), file, indent=1)


if __name__ == "__main__":
    main(*sys.argv[1:])
