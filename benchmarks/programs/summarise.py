"""Sum up what a program wrote, in the form of reference.py. Called with: SCHEMA OUTPUT ANSWER.

OUTPUT is a Parquet file, a folder of them (folders and files that begin with ``_`` or ``.`` are bookkeeping,
not data), or a DuckDB file with a table ``lineitem`` in any schema. Columns that are not in the declared
schema are ignored when their name begins with ``_`` and reported otherwise.
"""

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.programs.columns import SCHEMAS, decimal_digits


def parquet_files(output: Path) -> list[Path]:
    """Find the data files; raises SystemExit when there are none."""
    if output.is_file():
        return [output]
    found = [
        path
        for path in sorted(output.rglob("*.parquet"))
        if not any(part.startswith(("_", ".")) for part in path.relative_to(output).parts)
    ]
    if not found:
        raise SystemExit("no Parquet file was written")
    return found


def parquet_batches(output: Path, facts: dict[str, Any]) -> Iterator[pa.RecordBatch]:
    """Read every data file, noting compressions other than the agreed one."""
    from pyarrow.parquet import ParquetFile

    codecs = set()
    for path in parquet_files(output):
        with ParquetFile(path) as file:
            groups = range(file.metadata.num_row_groups)
            codecs |= {file.metadata.row_group(g).column(0).compression.lower() for g in groups}
            yield from file.iter_batches()
    if codecs:  # none where no row was written
        facts["compression"] = ", ".join(sorted(codecs))


def duckdb_batches(output: Path) -> Iterator[pa.RecordBatch]:
    """Read the table from a DuckDB file, timestamps in UTC."""
    import duckdb

    with duckdb.connect(str(output), read_only=True) as database:
        found = database.execute(
            """
            SELECT schema_name FROM duckdb_tables()
            WHERE table_name = 'lineitem' AND schema_name NOT LIKE '%staging'
            """
        ).fetchall()
        if not found:
            raise SystemExit("no table lineitem was written")
        database.execute("SET TimeZone = 'UTC'")
        yield from database.sql(f'SELECT * FROM "{found[0][0]}".lineitem').to_arrow_reader(200_000)


def measure(kind: str, values: pa.Array) -> dict[str, Any]:
    """Sum up one column of one batch; text is read as the declared type, as its reader would have to."""
    known = values.drop_null()
    if pa.types.is_dictionary(known.type):
        known = known.dictionary_decode()
    if kind == "string":
        text = known.cast(pa.large_string())
        data = _bytes(text)
        empty = pc.sum(pc.equal(pc.binary_length(text), 0)).as_py() or 0
        return {"empty": empty, "bytes": len(data), "byte_sum": int(np.sum(data, dtype=np.uint64))}
    if kind == "float64":
        return {"sum": math.fsum(known.cast(pa.float64()).to_numpy(zero_copy_only=False))}
    digits = decimal_digits(kind)
    if digits:
        total = pc.sum(known.cast(pa.decimal256(60, digits[1]))).as_py()
        return {"sum": int(total.scaleb(digits[1])) if total is not None else 0}
    target = {"date32": pa.date32(), "timestamp[us, UTC]": pa.timestamp("us", "UTC"), "bool": pa.bool_()}
    known = known.cast(target.get(kind, pa.int64()))
    whole = known.cast(pa.int32()) if kind == "date32" else known
    whole = pc.cast(whole, pa.int64()).to_numpy(zero_copy_only=False)
    # Two halves: a sum of microseconds or of 62-bit counts does not fit 64 bits.
    return {"sum": (int(np.sum(whole >> 32)) << 32) + int(np.sum(whole & 0xFFFFFFFF))}


def _bytes(text: pa.LargeStringArray) -> Any:
    """View the bytes of a slice of text without copying them."""
    offsets = np.frombuffer(text.buffers()[1], dtype=np.int64)[text.offset : text.offset + len(text) + 1]
    data = text.buffers()[2]
    if data is None or not len(text):
        return np.zeros(0, dtype=np.uint8)
    return np.frombuffer(data, dtype=np.uint8)[offsets[0] : offsets[-1]]


def type_word(kind: pa.DataType) -> str:
    """Spell an Arrow type in our words, so that equal meanings compare equal."""
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind) or pa.types.is_dictionary(kind):
        return "string"
    words = {"double": "float64", "date32[day]": "date32", "timestamp[us, tz=UTC]": "timestamp[us, UTC]"}
    return words.get(str(kind), str(kind).replace("tz=Etc/UTC", "UTC"))


def summary(schema_name: str, output: Path) -> dict[str, Any]:
    """Give rows, and per column the type found, NULLs and sums."""
    declared, facts = SCHEMAS[schema_name], dict[str, Any]()
    columns: dict[str, dict[str, Any]] = {}
    rows = 0
    is_duckdb = output.suffix == ".duckdb"
    for batch in duckdb_batches(output) if is_duckdb else parquet_batches(output, facts):
        rows += batch.num_rows
        for name in batch.schema.names:
            if name not in declared:
                if not name.startswith("_"):
                    facts["extra"] = sorted({*facts.get("extra", []), name})
                continue
            values = batch.column(name)
            entry = columns.setdefault(name, {"type": type_word(values.type), "nulls": 0})
            entry["nulls"] += values.null_count
            for key, value in measure(declared[name], values).items():
                entry[key] = entry.get(key, 0) + value
    return {"rows": rows, "columns": columns, **facts}


def main(schema_name: str, output: str, answer: str) -> None:
    """Write the summary as JSON; on any failure the message goes to stderr and the exit code is not 0."""
    with open(answer, "w", encoding="utf-8") as file:
        json.dump(summary(schema_name, Path(output)), file, indent=1)


if __name__ == "__main__":
    main(*sys.argv[1:])
