"""Every write mode meets the rows that are there as its name says, in a new table and in one that somebody made."""

from __future__ import annotations

import pyarrow as pa
import pytest

from conduit.sdk import CommitRejected, DestinationError, SchemaError, WriteMode

from ..servers.postgresql import Database
from .postgresql_loads import destination, left_behind, load, names, order, rows

UPSERT, INSERT_ONLY = WriteMode.UPSERT, WriteMode.INSERT_ONLY
DELETE_INSERT, SCD2 = WriteMode.DELETE_INSERT, WriteMode.SCD2
VERSIONS = "id, name, is_current, valid_to IS NULL, valid_from = (SELECT max(valid_from) FROM orders)"


def test_an_upsert_updates_what_is_there_and_adds_the_rest(any_database: Database) -> None:
    to = destination(any_database)
    load(to, names([1, 2], "old"), "a", UPSERT)
    receipt = load(to, names([2, 3]), "b", UPSERT)
    assert receipt.rows == 2
    assert rows(any_database) == [(1, "old"), (2, "new"), (3, "new")]
    assert left_behind(any_database) == []


def test_the_last_row_of_a_key_wins_across_parts_whatever_their_order(database: Database) -> None:
    to = destination(database)
    for token in ("a", "b"):  # a new table, then one that is there
        load(to, [names([1, 1, 2], ["x", "y", "z"]), names([2, 3], ["last", "w"])], token, UPSERT)
        assert rows(database) == [(1, "y"), (2, "last"), (3, "w")]
    session = to.begin(order(names([1]), "c", UPSERT))
    early = list(session.stage("early", iter(names([1], "early").to_batches())))
    late = list(session.stage("late", iter(names([1], "late").to_batches())))
    session.commit([*late, *early], {})
    session.close()
    assert rows(database)[0] == (1, "early")


def test_an_upsert_creates_the_index_that_it_needs_or_demands_it(database: Database) -> None:
    database.execute("CREATE TABLE orders (id bigint, name text)", "INSERT INTO orders VALUES (1, 'old')")
    with pytest.raises(CommitRejected, match="no unique index") as refused:
        load(destination(database, key_index="require"), names([1]), "a", UPSERT)
    assert "CREATE UNIQUE INDEX" in refused.value.remedy
    load(destination(database), names([1, 2]), "b", UPSERT)
    assert rows(database) == [(1, "new"), (2, "new")]
    load(destination(database, key_index="require"), names([2], "again"), "c", UPSERT)
    assert rows(database) == [(1, "new"), (2, "again")]


def test_a_table_with_doubled_keys_is_not_upserted_into(database: Database) -> None:
    database.execute("CREATE TABLE orders (id bigint, name text)", "INSERT INTO orders VALUES (1, 'a'), (1, 'b')")
    with pytest.raises(CommitRejected, match=r"\(id\)=\(1\)"):
        load(destination(database), names([1]), "a", UPSERT)
    assert rows(database) == [(1, "a"), (1, "b")]
    assert destination(database).find("orders", "a") is None


def test_only_the_columns_to_update_change(database: Database) -> None:
    to = destination(database)
    wide = names([1]).append_column("note", pa.array(["first"]))
    load(to, wide, "a", UPSERT)
    load(to, names([1], "later").append_column("note", pa.array(["second"])), "b", UPSERT, update_columns=("note",))
    assert rows(database, "id, name, note") == [(1, "new", "second")]


def test_rows_that_would_not_change_are_left_alone_if_so_wished(database: Database) -> None:
    """An update that changes nothing still fires triggers, fills the log and makes a dead row."""
    load(destination(database), names([1, 2, 3], ["a", "b", None]), "a", UPSERT)
    before = dict(rows(database, "id, xmin::text"))
    load(destination(database, skip_unchanged=True), names([1, 2, 3], ["a", "c", None]), "b", UPSERT)
    after = dict(rows(database, "id, xmin::text"))
    assert [key for key in before if before[key] != after[key]] == [2]


def test_a_key_may_not_be_null(database: Database) -> None:
    bad = pa.table({"id": pa.array([1, None], pa.int64()), "name": ["a", "b"]})
    for mode in (UPSERT, INSERT_ONLY, DELETE_INSERT, SCD2):
        with pytest.raises(DestinationError, match="NULL in its key"):
            load(destination(database), bad, mode.value, mode)
    assert database.rows("SELECT to_regclass('orders')") == [(None,)]


def test_insert_only_leaves_what_is_there(database: Database) -> None:
    to = destination(database)
    load(to, names([1, 1], ["first", "second"]), "a", INSERT_ONLY)
    load(to, names([1, 2, 2], ["no", "yes", "late"]), "b", INSERT_ONLY)
    assert rows(database) == [(1, "first"), (2, "yes")]


def test_delete_insert_replaces_all_rows_of_a_key(database: Database) -> None:
    to = destination(database)
    load(to, names([1, 1, 2], ["a", "b", "c"]), "a", DELETE_INSERT)
    load(to, [names([1], ["d"]), names([1, 3], ["e", "f"])], "b", DELETE_INSERT)
    assert rows(database) == [(1, "d"), (1, "e"), (2, "c"), (3, "f")]


def test_scd2_keeps_every_version_and_adds_none_where_nothing_changed(database: Database) -> None:
    to = destination(database)
    load(to, names([1, 2], ["a", None]), "a", SCD2)
    load(to, names([1, 2, 3], ["a", "b", "c"]), "b", SCD2)
    assert rows(database, VERSIONS) == [
        (1, "a", True, True, False),
        (2, "b", True, True, True),
        (2, None, False, False, False),
        (3, "c", True, True, True),
    ]
    followed = "SELECT count(*) FROM orders a JOIN orders b ON a.valid_to = b.valid_from AND a.id = b.id"
    assert database.rows(followed) == [(1,)]


def test_scd2_names_its_columns_as_the_table_does(database: Database) -> None:
    to = destination(database, history={"valid_from": "since", "valid_to": "until", "is_current": "now"})
    load(to, names([1], "a"), "a", SCD2)
    load(to, names([1], "b"), "b", SCD2)
    assert rows(database, 'name, "now", until IS NULL') == [("a", False, False), ("b", True, True)]
    with pytest.raises(SchemaError, match="no column 'valid_from'"):
        load(destination(database), names([1], "c"), "c", SCD2)


def test_no_table_is_made_where_that_is_not_wished(database: Database) -> None:
    with pytest.raises(SchemaError, match="not there"):
        load(destination(database, auto_create_table=False), names([1]))


def test_a_new_table_gets_its_options(database: Database) -> None:
    options = {"unlogged": True, "indexes": [["name"], ["id", "name"]]}
    load(destination(database, table_options=options), names([1]))
    assert database.rows("SELECT relpersistence FROM pg_class WHERE relname = 'orders'") == [("u",)]
    found = database.rows("SELECT indexdef FROM pg_indexes WHERE tablename = 'orders'")
    assert sorted(text[text.index("(") :] for (text,) in found) == ["(id, name)", "(name)"]


@pytest.mark.parametrize("split", [{"columns": ["id"]}, {"columns": ["id"], "method": "hash", "partitions": 3}])
def test_a_new_table_is_partitioned(split: dict[str, object], any_database: Database) -> None:
    to = destination(any_database, table_options={"partition_by": split})
    load(to, names([1, 2, 3]), "a")
    load(to, names([4]), "b")
    assert [row[0] for row in rows(any_database)] == [1, 2, 3, 4]
    [(kind,)] = any_database.rows("SELECT relkind FROM pg_class WHERE relname = 'orders'")
    assert kind == "p"


def test_defaults_fill_what_the_data_lacks(database: Database) -> None:
    database.execute(
        "CREATE TABLE orders (no int GENERATED ALWAYS AS IDENTITY, id bigint, name text, at timestamptz NOT NULL "
        "DEFAULT now(), double bigint GENERATED ALWAYS AS (id * 2) STORED)"
    )
    to = destination(database)
    there = to.describe("orders")
    assert there is not None
    batch = pa.table({field.name: pa.nulls(2, field.type) for field in there})
    for name, values in (("id", [5, 6]), ("name", ["a", "b"])):
        place = batch.schema.get_field_index(name)
        batch = batch.set_column(place, there.field(name), pa.array(values, there.field(name).type))
    load(to, batch, lacking=("no", "at", "double"))
    assert rows(database, "no, id, name, at IS NOT NULL, double") == [(1, 5, "a", True, 10), (2, 6, "b", True, 12)]
    load(to, pa.table({"no": pa.array([9], pa.int32()), "id": pa.array([7], pa.int64())}), "b")
    assert database.rows("SELECT no FROM orders WHERE id = 7") == [(9,)]
    with pytest.raises(SchemaError, match="computes the column 'double'"):
        load(to, pa.table({"double": pa.array([9], pa.int64())}), "c")
