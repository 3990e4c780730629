"""`conduit schema` shows what a run would make of a source, and gives it in forms that can be used."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from .processes import conduit

ROWS = 300
CONFIG = """
sources:
  - {name: till, type: csv, path: orders.csv}
  - {name: lake, type: parquet, path: orders.parquet}
destinations:
  - {name: store, type: duckdb, path: store.duckdb}
  - {name: files, type: csv, path: out.csv}
resources:
  - {name: orders, source: till, destination: store, rename: {No: number}}
  - {name: copies, source: lake, destination: files, rename: {code: c}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    import pyarrow.parquet as pq

    rows = [f"{i:05},{i},{i}.50,{12345678901234567 if i == 7 else i}.25,\n" for i in range(ROWS)]
    rows[100] = "00100,n/a,100.50,1.25,\n"
    (tmp_path / "orders.csv").write_text("code,amount,price,exact,No\n" + "".join(rows))
    pq.write_table(pa.table({"code": ["1", "2"], "uuid": [None, "x"], "a: b": ["1", "2"]}), tmp_path / "orders.parquet")
    (tmp_path / "ingest.yml").write_text(CONFIG)
    return tmp_path


def _schema(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return conduit("schema", *arguments, cwd=project)


def test_the_page_has_types_nulls_and_the_value_that_forced_them(project: Path) -> None:
    done = _schema(project, "orders")
    assert (done.returncode, done.stderr) == (0, "")
    shown = " ".join(done.stdout.split())
    for expected in (
        f"orders {ROWS} rows from the head",
        "code string 0 300 string because of '00000' (row 1 of the head), which would lose its leading zeros",
        "amount string 0 300 string because of 'n/a' (row 101 of the head), which is no number; int64 if 'n/a' means",
        "price float64 0 300 decimal(18,2) would keep sums exact: 2 digits behind every point; 0.5 to 299.5",
        "the sample suggests decimal(38,2)",
        "number (from No) string 100 % 0 all NULL: kept as string",
        'To take what the sample suggests, in the source till: columns: exact: "decimal(38,2)"',
    ):
        assert expected in shown, shown


def test_json_has_all_the_evidence(project: Path) -> None:
    done = _schema(project, "orders", "--json")
    told = json.loads(done.stdout)
    assert (told["resource"], told["rows"], told["parts"]) == ("orders", ROWS, ["head"])
    amount = told["columns"][1]
    assert amount["forced_by"] == {
        "value": "n/a", "part": "head", "row": 101, "file": str(project / "orders.csv")
    }  # fmt: skip
    assert [column["name"] for column in told["columns"]][-1] == "number"
    assert json.loads(_schema(project, "orders", "--format", "json").stdout) == told


def test_yaml_can_be_pasted_into_the_source(project: Path) -> None:
    block = yaml.safe_load(_schema(project, "orders", "--format", "yaml").stdout)
    assert block == {
        "columns": {"code": "string", "amount": "string", "price": "float64", "exact": "decimal(38,2)", "No": "string"}
    }
    pasted = CONFIG.replace("path: orders.csv", f"path: orders.csv, columns: {json.dumps(block['columns'])}")
    (project / "ingest.yml").write_text(pasted)
    column = json.loads(_schema(project, "orders", "--json").stdout)["columns"][3]
    assert (column["type"], column["declared"], column["misfits"]) == ("decimal(38,2)", True, 0)
    assert conduit("run", "-r", "orders", cwd=project).returncode == 0


def test_yaml_is_a_cast_where_the_source_has_types(project: Path) -> None:
    block = yaml.safe_load(_schema(project, "copies", "--format", "yaml").stdout)
    assert block == {"cast": {"c": "int64", "a: b": "int64"}}
    page = _schema(project, "copies").stdout
    assert "in the resource copies:" in page
    assert '"a: b": int64' in page


def test_columns_of_folders_are_not_pasted_into_the_source(project: Path) -> None:
    """The source would refuse a type for what does not stand in its files."""
    (project / "day=1").mkdir()
    (project / "orders.csv").rename(project / "day=1" / "orders.csv")
    (project / "ingest.yml").write_text(CONFIG.replace("path: orders.csv", "path: '*/orders.csv'"))
    told = json.loads(_schema(project, "orders", "--json").stdout)
    assert (told["columns"][-1]["name"], told["columns"][-1]["type"]) == ("day", "int64")
    block = yaml.safe_load(_schema(project, "orders", "--format", "yaml").stdout)["columns"]
    assert list(block) == ["code", "amount", "price", "exact", "No"]


def test_sql_creates_the_table_of_the_destination(project: Path) -> None:
    import duckdb

    done = _schema(project, "orders", "--format", "sql", "--output", "orders.sql")
    assert (done.returncode, done.stdout) == (0, "")
    with duckdb.connect() as connection:
        connection.execute((project / "orders.sql").read_text())
        columns = connection.sql("DESCRIBE orders").fetchall()
    assert [(name, kind) for name, kind, *_ in columns] == [
        ("code", "VARCHAR"), ("amount", "VARCHAR"), ("price", "DOUBLE"), ("exact", "VARCHAR"), ("number", "VARCHAR")
    ]  # fmt: skip
    assert not (project / "store.duckdb").exists()


def test_sql_of_a_destination_without_tables_is_refused(project: Path) -> None:
    done = _schema(project, "copies", "--format", "sql")
    assert (done.returncode, done.stdout) == (2, "")
    assert "makes no tables" in done.stderr


def test_arrow_is_a_schema_that_others_read(project: Path) -> None:
    done = _schema(project, "orders", "--output", "orders.arrow")
    assert (done.returncode, done.stdout) == (0, "")
    found = pa.ipc.read_schema(pa.BufferReader((project / "orders.arrow").read_bytes()))
    assert found.field("price").type == pa.float64()
    assert found.names == ["code", "amount", "price", "exact", "number"]


def test_the_sample_size_bounds_the_sample(project: Path) -> None:
    assert json.loads(_schema(project, "orders", "--json", "--sample-size", "30").stdout)["rows"] == 30


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["ordres"], 2, "Did you mean 'orders'?"),
        ([], 2, "RESOURCE"),
        (["orders", "--file", "other.yml"], 2, "other.yml"),
        (["orders", "--sample-size", "0"], 2, "sample-size"),
        (["orders", "--format", "arrow"], 2, "--output schema.arrow"),
        (["orders", "--output", "schema"], 2, "Give --format"),
        (["orders", "--output", "away/schema.json"], 2, "There is no folder 'away'"),
        (["orders", "--output", ".", "--format", "json"], 2, "is a folder"),
        (["orders", "--output", "/proc/schema.json"], 1, "cannot be written"),
        (["gone"], 2, "gone"),
    ],
    ids=str,
)
def test_mistakes_are_explained(project: Path, arguments: list[str], code: int, says: str) -> None:
    done = _schema(project, *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_source_that_is_not_there_fails_with_its_name(project: Path) -> None:
    (project / "orders.csv").unlink()
    done = _schema(project, "orders")
    assert (done.returncode, done.stdout) == (1, "")
    assert "orders.csv" in done.stderr


def test_nothing_is_left_behind(project: Path) -> None:
    before = sorted(path.name for path in project.iterdir())
    assert _schema(project, "orders").returncode == 0
    assert sorted(path.name for path in project.iterdir()) == before
