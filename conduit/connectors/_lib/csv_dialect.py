"""How a CSV file is written: detected once from its beginning, shown to the user, and then fixed for the whole read."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.csv as pc

from conduit.sdk import SourceError

DELIMITERS = (",", ";", "\t", "|")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True)
class Dialect:
    """`encoding` is a Python codec name; `bom` the bytes to skip, `newline` "\\r" in files that have no other."""

    delimiter: str = ","
    quote: str | None = '"'
    escape: str | None = None
    header: bool = True
    encoding: str = "utf-8"
    bom: int = 0
    newline: str = "\n"
    skip_rows: int = 0

    def __str__(self) -> str:
        names = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "pipe"}
        quoting = f"quote {self.quote}" if self.quote else "no quotes"
        return (
            f"{names.get(self.delimiter, repr(self.delimiter))}-separated, {quoting}, "
            f"{'with' if self.header else 'no'} header, {self.encoding}{' with BOM' if self.bom else ''}"
        )

    def parse_options(self) -> pc.ParseOptions:
        return pc.ParseOptions(
            delimiter=self.delimiter,
            quote_char=self.quote or False,
            double_quote=bool(self.quote),
            escape_char=self.escape or False,
            newlines_in_values=True,
        )


def detect_encoding(sample: bytes) -> tuple[str, int]:
    """The encoding of a file that begins with `sample`, and how many bytes its byte-order mark takes."""
    for mark, name in _BOMS:
        if sample.startswith(mark):
            return name, len(mark)
    evens, odds = sample[0:4096:2].count(0), sample[1:4096:2].count(0)
    if odds > len(sample[:4096]) // 5 and evens < odds // 4:
        return "utf-16-le", 0
    if evens > len(sample[:4096]) // 5 and odds < evens // 4:
        return "utf-16-be", 0
    if _is_utf8(sample):
        return "utf-8", 0
    # Bytes that no text has make a damaged UTF-8 file more likely than a Latin-1 one: its rows are then rejects.
    good = sample.decode("utf-8", errors="ignore")
    broken = len(sample) - len(good.encode())
    accented = sum(1 for char in good if ord(char) > 127)
    return ("utf-8", 0) if accented > broken else ("latin-1", 0)


def detect_dialect(text: bytes, fixed: Dialect, given: frozenset[str]) -> Dialect:
    """Fill in what `given` does not name of `fixed`, from the beginning of a file, in UTF-8, skipped lines left out.

    The delimiter is the one under which most rows agree on a number of fields above one; the header is present
    unless the first row has values rather than names.
    """
    dialect = fixed
    if "newline" not in given and b"\n" not in text and b"\r" in text:
        dialect = replace(dialect, newline="\r")
        text = text.replace(b"\r", b"\n")
    lines = whole_lines(text)
    if not lines.strip():
        return dialect
    if "delimiter" not in given:
        best = max(DELIMITERS, key=lambda d: (_agreement(lines, replace(dialect, delimiter=d)), -DELIMITERS.index(d)))
        dialect = replace(dialect, delimiter=best)
    if "header" not in given:
        dialect = replace(dialect, header=_has_header(lines, dialect))
    return dialect


def whole_lines(text: bytes) -> bytes:
    """`text` without what follows its last newline, unless it has none."""
    end = text.rfind(b"\n") + 1
    return text[:end] if end else text


def sample_rows(lines: bytes, dialect: Dialect, limit: int = 1000) -> list[list[str]]:
    """The first rows of a sample as text, by the dialect; for detection only."""
    import csv
    import io

    text = lines.decode("utf-8", errors="replace").replace("\0", "")
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        escapechar=dialect.escape,
    )
    rows: list[list[str]] = []
    try:
        for row in reader:
            if row:
                rows.append(row)
            if len(rows) >= limit:
                break
    except csv.Error as broken:
        if not rows:
            raise SourceError(f"The beginning of the file is not CSV: {broken}.") from broken
    return rows


def _agreement(lines: bytes, dialect: Dialect) -> float:
    """How many of the first rows have the commonest number of fields, weighed by that number; 0 for one field."""
    counts = [len(row) for row in sample_rows(lines, dialect, 200)]
    if not counts:
        return 0.0
    commonest = max(set(counts), key=lambda n: (counts.count(n), n))
    return 0.0 if commonest < 2 else counts.count(commonest) / len(counts) + min(commonest, 50) / 1000


def _has_header(lines: bytes, dialect: Dialect) -> bool:
    """The first row names the columns unless it holds a value, or cannot name them and the rows below are no help."""
    rows = [[value.strip() for value in row] for row in sample_rows(lines, dialect, 20)]
    if not rows:
        return True
    first, rest = rows[0], rows[1:]
    if any(_is_value(value) for value in first):
        return False
    if all(first) and len(set(first)) == len(first):
        return True
    return any(_is_value(value) for row in rest for value in row)


def _is_value(text: str) -> bool:
    """Whether a text is a number, a truth value or a date, rather than a name."""
    for kind in (pa.float64(), pa.date32(), pa.timestamp("us"), pa.timestamp("us", "UTC")):
        try:
            pa.scalar(text).cast(kind)
        except pa.ArrowInvalid:
            continue
        return text.lower() not in ("nan", "inf", "infinity")
    return text.lower() in ("true", "false")


def _is_utf8(sample: bytes) -> bool:
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError as bad:
        return bad.start >= len(sample) - 4 and bad.reason == "unexpected end of data"
    return True
