"""Rows that may not pass: some that no parser can read, some that a check refuses; and what became of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq

# Two lines and two rows are equal: the rejects are a multiset, like the rows.
MALFORMED = ("x1,bad id,1.0,a", "7,too,many,fields,by far", "8,bad amount,much,b", "x1,bad id,1.0,a")
FAILING = ('9001,"too much",999.0,a', '9002,"unknown kind",1.5,z', '9001,"too much",999.0,a')
REJECTED = Counter((*MALFORMED, *FAILING))
CHECKS = """
    , quality_checks: [{column: amount, check: range, max: 500, action: dlq},
                       {column: kind, check: enum, allowed_values: [a, b], action: dlq}]"""


def published(folder: Path) -> Counter[str]:
    """The lines of the source that somebody finds among the rejects who looks at the files that are visible."""
    files = [path for path in (folder / ".conduit" / "dlq").rglob("*.parquet") if path.name[0] != "."]
    return Counter(line for file in files for line in _lines(file))


def unpublished(folder: Path) -> list[str]:
    """The names of what is hidden among the rejects."""
    return [path.name for path in (folder / ".conduit" / "dlq").rglob(".*")]


def _lines(file: Path) -> list[str]:
    rejects = pq.ParquetFile(file).read(columns=["raw", "row"]).to_pylist()
    return [_line(reject["row"]) if reject["raw"] is None else reject["raw"].decode().strip() for reject in rejects]


def _line(row: dict[str, object]) -> str:
    return f'{row["id"]},"{row["name"]}",{row["amount"]},{row["kind"]}'
