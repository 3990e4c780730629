"""Write the wide, messy CSV: the same bytes for the same number of rows. Called with: ROWS OUTPUT.

Sixty columns: quotes and commas and line breaks inside values, NULL (an unquoted empty field) beside the
empty string (a quoted one), Unicode, timestamps in several zones, decimals that no double holds. Every value
comes from a hash of its row and column, so no random generator's version matters.
"""

import sys
from typing import Any

import numpy as np
import polars as pl

from benchmarks.programs.columns import WIDE, decimal_digits

CHUNK = 50_000
CATEGORIES = ["new", "open", "in progress", "on hold, waiting", "closed", "N/A", "NULL", "unknown"]
FIRST = [
    "Ada", "Zoë", "José", "Søren", "Łukasz", "Αθηνά", "Ирина", "محمد", "美咲", "지우", "O'Neil",
    "Anne-Marie", "😀",
]  # fmt: skip
LAST = [
    "Müller", "Dvořák", "García, Jr.", 'Smith "Smitty"', "Иванова", "王", "ÅÄÖ", "de la Cruz", "Nguyễn", "X",
]  # fmt: skip
PHRASES = [
    "arrived on time", 'said "never again"', "one, two, three", "naïve café", "back\\slash", "tab\tinside",
    "100 %", "see note; call back", "'single'", "wide   gaps", "→ left → right", '""doubled""', "-1",
    "2024-02-30", "end",
]  # fmt: skip
ZONES = ["Z", "+00:00", "+02:00", "-05:00", "+05:30", "-09:30"]

Numbers = np.ndarray[Any, np.dtype[np.uint64]]


def noise(rows: Numbers, column: int, salt: int = 0) -> Numbers:
    """Hash (row, column, salt) to 64 bits: splitmix64, whose arithmetic is the same everywhere."""
    # In arrays, not scalars: numpy wraps arrays around in silence and warns about scalars.
    z = rows * np.uint64(1_000_003) + np.full_like(rows, column * 7_919 + salt * 104_729 + 1)
    z = z * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def pick(words: list[str], numbers: Numbers) -> pl.Series:
    """Choose a word per number."""
    return pl.Series(words).gather(pl.Series((numbers % np.uint64(len(words))).astype(np.uint32)))


def below(limit: int, numbers: Numbers) -> pl.Series:
    """Fold numbers into 0..limit-1."""
    return pl.Series((numbers % np.uint64(limit)).astype(np.int64))


def decimal_text(scale: int, limit: int, numbers: Numbers, sign: Numbers) -> pl.Series:
    """Spell decimals with all their digits after the point, half of them negative."""
    digits = below(limit, numbers).cast(pl.String).str.zfill(scale + 1)
    minus = pick(["", "-"], sign)
    # A minus before zero is a spelling that readers must take for zero.
    return minus + digits.str.slice(0, digits.str.len_chars() - scale) + "." + digits.str.tail(scale)


def unquoted(kind: str, rows: Numbers, column: int) -> pl.Series:
    """Spell a column whose values never need quotes."""
    first, second, third = (noise(rows, column, salt) for salt in range(3))
    digits = decimal_digits(kind)
    if digits:
        return decimal_text(digits[1], 10 ** min(digits[0] - 1, 18), first, second)
    if kind == "int64":
        return (below(1 << (7 + 7 * (column % 8)), first) - 50).cast(pl.String)
    if kind == "float64":
        return decimal_text(5, 10**12, first, second)
    if kind == "bool":
        return pick(["true", "false"], first)
    if kind == "date32":
        return below(36_500, first).cast(pl.Int32).cast(pl.Date).cast(pl.String)
    moment = below(2_000_000_000_000_000, first).cast(pl.Datetime("us"))
    return moment.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f") + pick(ZONES, third)


def text(name: str, rows: Numbers, column: int) -> pl.Series:
    """Spell a text column's values, before quoting; none is null yet."""
    hashes = [noise(rows, column, salt) for salt in range(4)]
    match name.split("_")[0]:
        case "category":
            return pick(CATEGORIES, hashes[0])
        case "name":
            return pick(FIRST, hashes[0]) + " " + pick(LAST, hashes[1])
        case "remark":
            return pick(PHRASES, hashes[0]) + ", " + pick(PHRASES, hashes[1])
        case "letter":
            breaks = pick([" ", "\n", "\n\n", "\r\n"], hashes[2])
            return pick(PHRASES, hashes[0]) + breaks + pick(PHRASES, hashes[1]) + breaks + pick(FIRST, hashes[3])
        case _:
            return pick(["", "", "0", "x", " ", "ünï"], hashes[0])


def cells(rows: Numbers) -> pl.DataFrame:
    """Spell every column of these rows as CSV fields, quotes included."""
    columns = {}
    for column, (name, kind) in enumerate(WIDE.items()):
        if name == "id":
            columns[name] = pl.Series(rows.astype(np.int64)).cast(pl.String)
            continue
        spelled = text(name, rows, column) if kind == "string" else unquoted(kind, rows, column)
        if kind == "string":
            always = pl.repeat(column % 3 == 0, len(spelled), eager=True)
            needs = always | spelled.str.contains('[",\r\n]') | (spelled == "")
            quoted = '"' + spelled.str.replace_all('"', '""', literal=True) + '"'
            spelled = quoted.zip_with(needs, spelled)
        # Every second column has NULLs, in a tenth of its rows.
        if column % 2:
            missing = below(10, noise(rows, column, 9)) == 0
            spelled = pl.repeat("", len(spelled), eager=True).zip_with(missing, spelled)
        columns[name] = spelled
    return pl.DataFrame(columns)


def main(rows: str, output: str) -> None:
    """Write the whole file, chunk by chunk."""
    with open(output, "w", encoding="utf-8", newline="") as file:
        file.write(",".join(WIDE) + "\n")
        for start in range(0, int(rows), CHUNK):
            chunk = np.arange(start, min(start + CHUNK, int(rows)), dtype=np.uint64)
            lines = cells(chunk).select(pl.concat_str(pl.all(), separator=",")).to_series()
            file.write("\n".join(lines.to_list()) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
