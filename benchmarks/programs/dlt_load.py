"""dlt: a pipeline into files or DuckDB. Called with: WORK SCHEMA INPUT OUTPUT MODE.

``arrow`` yields pyarrow batches, dlt's fastest path. ``default`` uses dlt's own filesystem readers, which
hand over records. The caller sets HOME to an empty folder and switches telemetry off.
"""

import sys
from pathlib import Path
from typing import Any

import dlt  # type: ignore[import-not-found,unused-ignore]

from benchmarks.programs.arrow_batches import arrow_schema, batches
from benchmarks.programs.columns import SCHEMAS, decimal_digits

DLT_TYPES = {
    "int64": "bigint",
    "float64": "double",
    "bool": "bool",
    "string": "text",
    "date32": "date",
    "timestamp[us, UTC]": "timestamp",
}


def hints(schema_name: str) -> dict[str, Any]:
    """Translate a data set's columns into dlt's column hints."""
    columns: dict[str, Any] = {}
    for name, kind in SCHEMAS[schema_name].items():
        digits = decimal_digits(kind)
        if digits:
            columns[name] = {"data_type": "decimal", "precision": digits[0], "scale": digits[1]}
        else:
            columns[name] = {"data_type": DLT_TYPES[kind]}
    return columns


def records(work: str, schema_name: str, source: str) -> Any:
    """Read with dlt's own readers, types declared as column hints."""
    from dlt.sources.filesystem import readers  # type: ignore[import-not-found,unused-ignore]

    path = Path(source)
    found = readers(bucket_url=path.parent.as_uri(), file_glob=path.name)
    resource = found.read_csv() if work.startswith("csv") else found.read_jsonl()
    return resource.with_name("lineitem").apply_hints(columns=hints(schema_name))


def main(work: str, schema_name: str, source: str, output: str, mode: str) -> None:
    """Do the work once."""
    data: Any
    if mode == "arrow":
        # Free where the types are already these; dlt refuses the string views of some Parquet files.
        schema = arrow_schema(schema_name)
        data = dlt.resource((batch.cast(schema) for batch in batches(work, schema_name, source)), name="lineitem")
    else:
        data = records(work, schema_name, source)
    destination: Any
    if work.endswith("-duckdb"):
        destination = dlt.destinations.duckdb(output)
    else:
        destination = dlt.destinations.filesystem(bucket_url=Path(output).as_uri())
    pipeline = dlt.pipeline("benchmark", destination=destination, dataset_name="main", progress=None)
    if work.endswith("-duckdb"):
        info = pipeline.run(data, write_disposition="replace")
    else:
        info = pipeline.run(data, write_disposition="replace", loader_file_format="parquet")
    info.raise_on_failed_jobs()


if __name__ == "__main__":
    main(*sys.argv[1:])
