"""Who reads a plan decides by it: each of its facts is what the run then does."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import conduit
from conduit.plan.losses import Loss
from conduit.plan.volume import Replaced

from .looks import ORDERS, loaded, one, planned


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "orders.csv").write_text(ORDERS)
    return tmp_path


def test_the_statements_are_those_that_the_load_runs(folder: Path) -> None:
    text = one("type: duckdb, path: out.duckdb", "  schema_evolution: {enabled: true}\n")
    first = planned(folder, text).resource("orders")
    assert first.structure is not None
    assert first.structure.creates
    with duckdb.connect() as other:
        for statement in first.structure.ddl:
            other.execute(statement)
        made = other.execute("DESCRIBE orders").fetchall()
    loaded(folder, text)
    with duckdb.connect(str(folder / "out.duckdb"), read_only=True) as there:
        assert there.execute("DESCRIBE orders").fetchall() == made
    (folder / "orders.csv").write_text("id,name,amount,note\n4,dan,1.5,x\n")
    second = planned(folder, text).resource("orders")
    assert second.structure is not None
    assert second.structure.ddl == ('ALTER TABLE "main"."orders" ADD COLUMN "note" VARCHAR',)
    assert second.structure.changes == ("Add the column 'note' of type string.",)
    assert second.changes_structure
    loaded(folder, text)
    assert not planned(folder, text).changes


def test_what_is_read_is_estimated(folder: Path) -> None:
    (folder / "in").mkdir()
    for name, rows in (("a", 10), ("b", 32)):
        pq.write_table(pa.table({"id": range(rows)}), folder / "in" / f"{name}.parquet")
    text = one("type: csv, path: out/", source="type: parquet, path: in/")
    volume = planned(folder, text).resource("orders").volume
    assert volume is not None
    assert (volume.partitions, volume.rows) == (2, 42)
    assert volume.bytes == sum(path.stat().st_size for path in (folder / "in").iterdir())
    limited = planned(folder, f"{text}  limit: 7\n").resource("orders").volume
    assert limited is not None
    assert limited.rows == 7


@pytest.mark.parametrize(
    ("to", "replaced"),
    [
        ("type: duckdb, path: out.duckdb, mode: full_refresh", Replaced(rows=3)),
        ("type: sqlite, path: out.sqlite, mode: full_refresh", Replaced(rows=3)),
        ("type: parquet, path: out.parquet", None),
        ("type: csv, path: out.csv", None),
    ],
)
def test_a_refresh_over_data_says_what_it_throws_away(to: str, replaced: Replaced | None, folder: Path) -> None:
    assert planned(folder, one(to)).resource("orders").replaces is None
    loaded(folder, one(to))
    plan = planned(folder, one(to)).resource("orders")
    assert plan.changes
    if replaced is not None:
        assert plan.replaces == replaced
    elif "parquet" in to:
        assert plan.replaces is not None
        assert plan.replaces.rows == 3
    else:
        assert plan.replaces == Replaced(bytes=(folder / "out.csv").stat().st_size)


def test_an_append_throws_nothing_away(folder: Path) -> None:
    text = one("type: parquet, path: out/")
    loaded(folder, text)
    plan = planned(folder, text)
    assert plan.resource("orders").replaces is None
    assert not plan.changes


@pytest.mark.parametrize(
    ("keys", "then"),
    [("", "reject"), ("  on_type_error: fail\n", "fail"), ("  on_type_error: 'null'\n", "null")],
)
def test_a_cast_that_may_lose_a_value_is_named_with_what_happens_then(keys: str, then: str, folder: Path) -> None:
    text = one("type: parquet, path: out/", f"  cast: {{amount: 'decimal(8,1)', name: string}}\n{keys}")
    losses = planned(folder, text).resource("orders").losses
    assert [(loss.column, loss.old, loss.new, loss.asked, loss.then) for loss in losses] == [
        ("amount", "float64", "decimal(8,1)", True, then)
    ]


def test_a_cast_to_fit_the_table_is_named_too_and_a_key_never_becomes_null(folder: Path) -> None:
    with duckdb.connect(str(folder / "out.duckdb")) as there:
        there.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, name VARCHAR, amount DECIMAL(8,2))")
    more = "  mode: upsert\n  unique_key: [id]\n  on_type_error: 'null'\n"
    losses = planned(folder, one("type: duckdb, path: out.duckdb", more)).resource("orders").losses
    assert losses == (
        Loss("id", "int64", "int32", asked=False, then="reject"),
        Loss("amount", "float64", "decimal(8,2)", asked=False, then="null"),
    )


def test_the_guarantee_is_no_more_than_source_and_destination_can_keep(folder: Path) -> None:
    kept = planned(folder, one("type: parquet, path: out/")).resource("orders").guarantee
    assert kept is not None
    assert (kept.delivery, kept.but) == ("effectively once", ())
    forgetful = planned(folder, one("type: dummydestination")).resource("orders").guarantee
    assert forgetful is not None
    assert forgetful.delivery == "at least once"
    assert [said.split(":")[0] for said in forgetful.but] == [
        "Rows are visible before the load is complete",
        "The destination does not remember what landed",
    ]


def test_a_plan_is_json_and_a_few_lines(folder: Path) -> None:
    checks = "  checks: [{column: id, check: not_null}, {column: amount, check: range, min: 0, action: dlq}]\n"
    text = one("type: duckdb, path: out.duckdb", checks)
    plan = planned(folder, text)
    told = json.loads(json.dumps(plan.as_dict()))
    assert told["resources"][0]["structure"]["columns"][2] == {
        "name": "amount",
        "type": "float64",
        "nullable": True,
        "stored": "float64",
    }
    assert told["resources"][0]["checks"] == [
        {"label": "not_null(id)", "action": "fail"},
        {"label": "range(amount)", "action": "dlq"},
    ]
    facts = f"append, 1 partition, {len(ORDERS)} bytes, 3 columns, 2 checks, effectively once"
    assert repr(plan).splitlines()[:2] == [
        "conduit.Plan of 1 resource",
        f"  orders: till (csv) -> lake (duckdb), {facts}",
    ]


def test_python_asks_for_a_plan_as_the_command_line_does(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also after a part of the package of the same name was imported."""
    (folder / "ingest.yml").write_text(one("type: parquet, path: out/"))
    monkeypatch.chdir(folder)
    plan = conduit.plan()
    assert isinstance(plan, conduit.Plan)
    assert conduit.plan("ingest.yml", "orders").as_dict() == plan.as_dict()
    with pytest.raises(conduit.errors.UnknownName, match="order"):
        conduit.plan("ingest.yml", ["order"])


def test_offline_goes_by_the_last_load_and_looks_at_nothing(folder: Path) -> None:
    text = one("type: parquet, path: out/", "  checks: [{column: nmae, check: not_null}]\n")
    unknown = planned(folder, text, offline=True).resource("orders")
    assert unknown.structure is None
    assert unknown.problems == ()
    loaded(folder, one("type: parquet, path: out/"))
    (folder / "orders.csv").unlink()
    known = planned(folder, text, offline=True).resource("orders")
    assert known.structure is not None
    assert known.structure.target.names == ["id", "name", "amount"]
    assert [problem.remedy for problem in known.problems] == ["Did you mean 'name'?"]


def test_a_run_that_was_cut_short_is_told(folder: Path) -> None:
    import sqlite3

    text = one("type: parquet, path: out/")
    loaded(folder, text)
    with sqlite3.connect(folder / ".conduit" / "state.db") as state:
        state.execute("UPDATE epochs SET state = 'intended'")
    assert "was cut short or is still at work" in planned(folder, text).resource("orders").notices[-1]


def test_what_becomes_of_columns_that_do_not_match_is_said(folder: Path) -> None:
    text = one("type: duckdb, path: out.duckdb", "  contract: {columns: reject_row}\n")
    loaded(folder, text)
    (folder / "orders.csv").write_text("id,name,note\n4,dan,x\n")
    plan = planned(folder, text).resource("orders")
    assert [said.split("'")[1] for said in plan.warnings] == ["amount", "note"]
    assert plan.structure is not None
    assert plan.structure.rejecting == ("note",)


def test_a_key_that_an_append_does_not_look_at_is_no_problem(folder: Path) -> None:
    """A plan says no more than the run would."""
    text = one("type: parquet, path: out/", "  unique_key: [nothing]\n")
    assert planned(folder, text).all_problems == ()
    loaded(folder, text)
