"""What may become of a table's structure, said in Python: the same keys, and the same meaning, as in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

import conduit
from conduit.errors import ConfigError, SchemaError, UnknownName, UsageError

FIRST = pa.table({"id": pa.array([1], pa.int32()), "email": ["a@b"]})
SECOND = pa.table({"id": pa.array([2**40], pa.int64()), "email": ["c@d"], "phone": ["0123"]})


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    conduit.read(FIRST).to("shop.duckdb", table="people", name="people")


def _load(table: pa.Table = SECOND, **settings: Any) -> list[dict[str, Any]]:
    conduit.read(table).to("shop.duckdb", table="people", name="people", **settings)
    rows: list[dict[str, Any]] = conduit.read("shop.duckdb", table="people").to_arrow().sort_by("id").to_pylist()
    return rows


def test_a_table_follows_the_data_only_where_it_is_told_to() -> None:
    with pytest.raises(SchemaError, match="no column 'phone'"):
        _load()
    assert _load(schema_evolution=True) == [
        {"id": 1, "email": "a@b", "phone": None},
        {"id": 2**40, "email": "c@d", "phone": "0123"},
    ]


def test_a_mapping_says_what_may_change() -> None:
    with pytest.raises(SchemaError, match=r"'phone' \(string\) is new"):
        _load(schema_evolution={"on_new_column": "fail"})
    assert [row.keys() for row in _load(schema_evolution={"on_new_column": "ignore"})] == [{"id", "email"}] * 2
    with pytest.raises(SchemaError, match="the contract keeps"):
        _load(contract="freeze")


def test_required_columns_and_lossy_types_are_told_together_before_a_row_moves() -> None:
    with pytest.raises(SchemaError) as refused:
        _load(SECOND.select(["id"]), validate_schema=True, required_columns=["email", "name"])
    assert [problem.split("'")[1] for problem in refused.value.problems] == ["email", "name", "id"]
    assert refused.value.exit_code == 2


def test_names_are_spelled_alike() -> None:
    conduit.read(pa.table({"Order ID": [1]})).to("out.parquet", naming="snake_case")
    assert conduit.read("out.parquet").schema.names == ["order_id"]


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"naming": "snake"}, UnknownName, "snake_case"),
        ({"contract": "frezze"}, ConfigError, "freeze"),
        ({"contract": "freeze", "schema_evolution": True}, ConfigError, "says the same"),
        ({"schema_evolution": {"on_new_colum": "fail"}}, ConfigError, "on_new_column"),
        ({"validate_schema": "sometimes"}, ConfigError, "validate_schema"),
    ],
)
def test_a_mistake_is_told_before_anything_is_opened(
    settings: dict[str, Any], error: type[UsageError], message: str
) -> None:
    with pytest.raises(error, match=message):
        conduit.read("there-is-none.csv").to("shop.duckdb", **settings)


def test_the_settings_are_written_into_the_configuration_and_come_back() -> None:
    Path("in.csv").write_text("Order ID\n1\n")
    settings: dict[str, Any] = {
        "schema_evolution": {"mode": "manual", "on_type_change": "dlq"},
        "required_columns": "order_id",
        "naming": "snake_case",
    }
    text = conduit.read("in.csv").to_yaml("shop.duckdb", name="orders", **settings)
    written = yaml.safe_load(text)["resources"][0]
    assert written["contract"] == {"mode": "manual", "types": "reject_row"}
    assert (written["required_columns"], written["naming"]) == (["order_id"], "snake_case")
    Path("ingest.yml").write_text(text)
    loaded = conduit.load()["orders"]
    assert loaded.to_yaml() == text
    assert loaded.schema.names == ["order_id"]


def test_what_a_configuration_declares_holds_unless_python_says_otherwise() -> None:
    Path("in.csv").write_text("id,email,phone\n7,x@y,1\n")
    Path("ingest.yml").write_text(
        "sources: [{name: in, type: csv, path: in.csv}]\n"
        "destinations: [{name: shop, type: duckdb, path: shop.duckdb, contract: freeze}]\n"
        "resources: [{name: people, source: in, destination: shop}]\n"
    )
    pipeline = conduit.load()["people"]
    with pytest.raises(SchemaError, match="the contract keeps the columns"):
        pipeline.to()
    assert pipeline.to(schema_evolution={"on_new_column": "ignore"}).ok
