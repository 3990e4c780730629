"""Drift is told once, in words that say which side changed, whatever one compares with."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conduit.errors import UnknownName, UsageError
from conduit.plan.compare import Comparison, compare

from .looks import ORDERS, loaded, one, project

EVOLVING = "  schema_evolution: {enabled: true}\n"
CHANGED = "id,full_name,amount,note\n1,ada,1.5,x\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "orders.csv").write_text(ORDERS)
    return tmp_path


def _compared(folder: Path, to: str, against: str = "last", more: str = EVOLVING) -> Comparison:
    return compare(project(folder, one(to, more)), "orders", against)


def _kinds(found: Comparison) -> dict[str, str]:
    return {column.name: column.kind for column in found.drift.columns}


def test_before_a_first_load_there_is_nothing_to_compare_with(folder: Path) -> None:
    for against in ("last", "destination"):
        found = _compared(folder, "type: parquet, path: out/", against)
        assert found.old is None
        assert not found.drift


def test_the_last_load_is_compared_with_and_the_statements_that_follow_are_told(folder: Path) -> None:
    to = "type: duckdb, path: out.duckdb"
    loaded(folder, one(to, EVOLVING))
    assert not _compared(folder, to).drift
    (folder / "orders.csv").write_text(CHANGED)
    found = _compared(folder, to)
    assert _kinds(found) == {"name": "removed", "full_name": "added", "note": "added"}
    assert found.statements == (
        'ALTER TABLE "main"."orders" ADD COLUMN "full_name" VARCHAR',
        'ALTER TABLE "main"."orders" ADD COLUMN "note" VARCHAR',
    )
    assert not found.by_hand


@pytest.mark.parametrize(
    "to", ["type: duckdb, path: out.duckdb", "type: sqlite, path: out.sqlite", "type: csv, path: out/"]
)
def test_what_a_destination_keeps_in_types_of_its_own_is_no_drift(to: str, folder: Path) -> None:
    loaded(folder, one(to))
    assert not _compared(folder, to, "destination").drift
    (folder / "orders.csv").write_text(CHANGED)
    assert _kinds(_compared(folder, to, "destination")) == {"name": "removed", "full_name": "added", "note": "added"}


def test_a_run_goes_by_the_beginning_of_its_id(folder: Path) -> None:
    to = "type: duckdb, path: out.duckdb"
    first = loaded(folder, one(to, EVOLVING)).run_id
    (folder / "orders.csv").write_text("id,name,amount,note\n1,ada,1.5,x\n")
    second = loaded(folder, one(to, EVOLVING)).run_id
    assert _kinds(_compared(folder, to, first)) == {"note": "added"}
    assert not _compared(folder, to, second).drift
    with pytest.raises(UsageError, match="Several runs of 'orders' begin with '20'") as several:
        _compared(folder, to, "20")
    assert first in str(several.value)
    with pytest.raises(UsageError, match="'19' is neither `last` nor `destination`, nor a file") as none:
        _compared(folder, to, "19")
    assert second in none.value.remedy


def test_a_run_that_loaded_an_older_version_again_has_that_version(folder: Path) -> None:
    """A run has the version that it loaded, also where an earlier one had brought it."""
    to = "type: parquet, path: out.parquet"
    loaded(folder, one(to))
    again = loaded(folder, one(to)).run_id
    found = _compared(folder, to, again)
    assert found.against == f"run {again}"
    assert not found.drift


def test_files_of_schemas_and_of_data_are_compared_with(folder: Path) -> None:
    schema = pa.schema([("id", pa.int64()), ("name", pa.string()), ("amount", pa.float64())])
    (folder / "s.arrow").write_bytes(schema.serialize().to_pybytes())
    (folder / "s.yml").write_text("columns:\n  id: int64\n  name: string\n  amount: float64\n")
    columns = [{"name": field.name, "type": str(field.type).replace("double", "float64")} for field in schema]
    (folder / "s.json").write_text(json.dumps({"columns": columns}))
    (folder / "copy.csv").write_text(ORDERS)
    (folder / "lines.jsonl").write_text('{"id": 1, "name": "ada", "amount": 1.5}\n')
    pq.write_table(schema.empty_table(), folder / "copy.parquet")
    for name in ("s.arrow", "s.yml", "s.json", "copy.csv", "lines.jsonl", "copy.parquet"):
        assert _compared(folder, "type: parquet, path: out/", str(folder / name)).drift.columns == (), name
    (folder / "s.yml").write_text("columns:\n  id: int32\n  nom: string\n  amount: float64\n")
    found = _compared(folder, "type: parquet, path: out/", str(folder / "s.yml"))
    assert _kinds(found) == {"id": "widened", "nom": "removed", "name": "added"}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("s.arrow", b"no schema at all", "holds no Arrow schema"),
        ("s.yml", b"resources: [1]", "has no `columns:`"),
        ("s.yml", b"columns: {id: integr}", "no type 'integr'"),
        ("s.yml", b"columns: [", "has 1 problem"),
        ("s.json", b'{"columns": [{"name": "id", "type": "int65"}]}', "no type 'int65'"),
        ("notes.md", b"# Notes", "names no format"),
        ("x.duckdb", b"", "more than one schema"),
    ],
)
def test_a_file_that_has_no_schema_says_what_it_lacks(name: str, content: bytes, said: str, folder: Path) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(Exception, match=said) as wrong:
        _compared(folder, "type: parquet, path: out/", str(folder / name))
    assert getattr(wrong.value, "exit_code", 1) == 2
    assert name in str(wrong.value)


def test_values_show_a_rename_that_the_names_do_not(folder: Path) -> None:
    """The profile of the last load is compared with a sample of what comes."""
    numbers = random.Random(7)

    def rows(header: str, count: int) -> str:
        lines = (f"{i},{numbers.choice(['DE', 'FR', 'NO'])},{numbers.randint(1, 9)}" for i in range(count))
        return "\n".join([header, *lines, ""])

    to = "type: parquet, path: out.parquet"
    (folder / "orders.csv").write_text(rows("id,country,stars", 2000))
    loaded(folder, one(to))
    (folder / "orders.csv").write_text(rows("id,land,stars", 3000))
    (rename,) = _compared(folder, to).drift.renames
    assert (rename.old, rename.new) == ("country", "land")
    (folder / "orders.csv").write_text("\n".join(["id,land,stars", *(f"{i},place {i},5" for i in range(3000)), ""]))
    assert _compared(folder, to).drift.renames == ()


def test_what_stands_against_the_next_load_is_told_beside_the_drift(folder: Path) -> None:
    to = "type: duckdb, path: out.duckdb"
    loaded(folder, one(to))
    (folder / "orders.csv").write_text("id,name,amount\n1,ada,much\n")
    found = _compared(folder, to, more=EVOLVING)
    assert _kinds(found) == {"amount": "retyped"}
    assert found.statements == ()
    assert "'amount'" in str(found.problems[0])


def test_an_unknown_resource_gets_the_nearest_name(folder: Path) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'orders'"):
        compare(project(folder, one("type: parquet, path: out/")), "order")
