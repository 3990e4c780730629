"""Read what a program rejected and say what it is, as reference_rejects.py does. Called with: REJECTS ANSWER.

Rejects are Parquet files with the rows' own columns and their `reasons`, joined by commas, the deciding one first;
or, as Conduit keeps them, with the row in a column `row` and the deciding reason in `code`.
"""

import json
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow.parquet import ParquetFile

from benchmarks.programs.reference_rejects import SHOWN, told


def lines(rejects: Path) -> list[str]:
    """Give a line for each rejected row; none where nothing was written."""
    files = sorted(rejects.rglob("*.parquet")) if rejects.is_dir() else [rejects] if rejects.exists() else []
    found: list[str] = []
    for path in files:
        with ParquetFile(path) as file:
            for batch in file.iter_batches(columns=_wanted(file.schema_arrow)):
                found += _lines(batch)
    return found


def _wanted(schema: pa.Schema) -> list[str]:
    return ["row", "code"] if "row" in schema.names else [*SHOWN, "reasons"]


def _lines(batch: pa.RecordBatch) -> list[str]:
    if "row" in batch.schema.names:
        values = [pc.struct_field(batch["row"], name) for name in SHOWN]
        first = batch["code"]
    else:
        values = [batch[name] for name in SHOWN]
        first = pc.list_element(pc.split_pattern(batch["reasons"], ","), 0)
    texts = [column.cast(pa.string()) for column in (*values, first)]
    return list(pc.binary_join_element_wise(*texts, ",").to_pylist())


def main(rejects: str, answer: str) -> None:
    """Write the summary as JSON."""
    with open(answer, "w", encoding="utf-8") as file:
        json.dump(told(lines(Path(rejects))), file, indent=1)


if __name__ == "__main__":
    main(*sys.argv[1:])
