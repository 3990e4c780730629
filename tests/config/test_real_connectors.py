"""A file as the roadmap prints it, with the connectors that are installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from conduit.config.load import load_project
from conduit.config.project import Resource
from conduit.config.render import resource_to_yaml
from conduit.core.spec import WriteMode
from conduit.errors import ConfigError
from conduit.quality.model import Regex, Unique

INGEST = """\
version: "1.0"
project:
  name: "csv_to_parquet_pipeline"
  environment: "production"

sources:
  - name: "orders_csv"
    type: "csv"
    path: "./data/orders.csv"
    delimiter: ","
    infer_schema: true
    columns: {id: int64, amount: "decimal(12,2)"}

destinations:
  - name: "lake"
    type: "parquet"
    path: "lake/${STAGE:-dev}/orders.parquet"
    compression: zstd
    write_mode: full_refresh

resources:
  - name: "orders"
    source: "orders_csv"
    destination: "lake"
    query: ""  # not used for CSV sources
    quality_checks:
      - column: email
        check: regex
        pattern: "^[^@]+@[^@]+$"
        action: warn
      - column: id
        check: unique
        action: fail
"""


def loaded(folder: Path, text: str) -> Resource:
    path = folder / "ingest.yml"
    path.write_text(text)
    return load_project(path, environment={}).resources[0]


def test_a_csv_to_parquet_file_loads(tmp_path: Path) -> None:
    orders = loaded(tmp_path, INGEST)
    source, destination = orders.source.options.model_dump(), orders.destination.options.model_dump()
    assert (orders.source.type, orders.destination.type) == ("csv", "parquet")
    assert source["path"] == f"{tmp_path}/data/orders.csv"
    assert source["columns"] == {"id": "int64", "amount": "decimal(12,2)"}
    assert destination["path"] == f"{tmp_path}/lake/dev/orders.parquet"
    assert orders.mode is WriteMode.FULL_REFRESH
    assert orders.checks == (
        Regex(column="email", pattern="^[^@]+@[^@]+$", action="warn"),
        Unique(columns=("id",), action="fail"),
    )


def test_what_it_renders_loads_as_the_same(tmp_path: Path) -> None:
    orders = loaded(tmp_path, INGEST)
    again = loaded(tmp_path, resource_to_yaml(orders))
    assert (again.source.options, again.destination.options) == (orders.source.options, orders.destination.options)
    assert (again.mode, again.checks) == (orders.mode, orders.checks)


def test_a_typo_in_an_option_is_told_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as failed:
        loaded(tmp_path, INGEST.replace("delimiter:", "delimter:").replace('"decimal(12,2)"', "decimal(99)"))
    first, second = failed.value.problems
    assert first.endswith(':10:5: unknown option "delimter" of source "orders_csv" (csv). Did you mean "delimiter"?')
    assert ":12:" in second
    assert "decimal(99)" in second
