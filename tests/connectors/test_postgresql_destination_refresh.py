"""A full refresh replaces the rows of a table and nothing else: what hangs on it is there and right afterwards."""

from __future__ import annotations

import pyarrow as pa
import pytest

from conduit.sdk import CommitRejected, SchemaError, WriteMode

from ..servers.postgresql import Database
from .postgresql_loads import begun, destination, left_behind, load, names, order, rows

REFRESH = WriteMode.FULL_REFRESH
_PLAIN = (
    """CREATE TABLE orders (id bigint CONSTRAINT orders_key PRIMARY KEY, name text NOT NULL DEFAULT 'none',
         more numeric(12,2) DEFAULT 1.5, CONSTRAINT named CHECK (name <> ''))""",
    "CREATE INDEX by_name ON orders (lower(name)) WHERE id > 0",
    "ALTER TABLE orders ADD CONSTRAINT unique_name UNIQUE (name, id) DEFERRABLE INITIALLY DEFERRED",
    "COMMENT ON TABLE orders IS 'what people ''ordered'''",
    "COMMENT ON COLUMN orders.name IS 'their name'",
    "INSERT INTO orders VALUES (7, 'old')",
)
_LOOKS = (
    "SELECT indexdef FROM pg_indexes WHERE tablename = 'orders' ORDER BY 1",
    """SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid = 'orders'::regclass AND contype <> 'n' ORDER BY 1""",
    """SELECT attname, format_type(atttypid, atttypmod), attnotnull, col_description(attrelid, attnum)
         FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum""",
    """SELECT obj_description('orders'::regclass, 'pg_class'), pg_get_userbyid(relowner)
         FROM pg_class WHERE oid = 'orders'::regclass""",
    """SELECT grantee, privilege_type, is_grantable FROM information_schema.role_table_grants
        WHERE table_name = 'orders' ORDER BY 1, 2""",
    "SELECT column_name, column_default FROM information_schema.columns WHERE table_name = 'orders' ORDER BY 1",
)


def looks(database: Database) -> list[object]:
    return [database.rows(look) for look in _LOOKS]


def oid(database: Database) -> object:
    return database.rows("SELECT 'orders'::regclass::oid")


@pytest.mark.parametrize("strategy", ["auto", "swap", "truncate"])
def test_indexes_keys_rights_comments_and_defaults_stay(strategy: str, any_database: Database) -> None:
    role = f"reader_{any_database.name}"
    any_database.execute(*_PLAIN, f"CREATE ROLE {role}", f"GRANT SELECT ON orders TO {role} WITH GRANT OPTION")
    any_database.execute("GRANT SELECT ON orders TO PUBLIC")
    before, first = looks(any_database), oid(any_database)
    load(destination(any_database, strategy=strategy), [names([1]), names([2])], "b", REFRESH)
    assert looks(any_database) == before
    assert rows(any_database, "id, name, more::float8") == [(1, "new", 1.5), (2, "new", 1.5)]
    assert (oid(any_database) == first) == (strategy == "truncate")
    assert left_behind(any_database) == []
    load(destination(any_database, strategy=strategy), names([3]), "c", REFRESH)
    assert looks(any_database) == before
    any_database.execute("DROP TABLE orders", f"DROP ROLE {role}")


@pytest.mark.parametrize("strategy", ["auto", "truncate"])
def test_whatever_else_hangs_on_the_table_stays_too(strategy: str, any_database: Database) -> None:
    any_database.execute(
        "CREATE TABLE people (name text PRIMARY KEY)", "INSERT INTO people VALUES ('new')",
        "CREATE TABLE orders (no serial, id bigint PRIMARY KEY, name text REFERENCES people)",
        "INSERT INTO orders (id) VALUES (1), (9)",
        "CREATE VIEW many AS SELECT count(*) AS n FROM orders",
        "CREATE TABLE items (id int, of_order bigint CONSTRAINT its_order REFERENCES orders ON DELETE CASCADE)",
        "COMMENT ON CONSTRAINT its_order ON items IS 'whose'",
        "INSERT INTO items VALUES (1, 1)",
        "CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TRIGGER notes BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION noted()",
        "ALTER TABLE orders ENABLE ROW LEVEL SECURITY", "CREATE POLICY own ON orders USING (id > 0)",
        "CREATE STATISTICS both_columns ON id, name FROM orders",
    )  # fmt: skip
    load(destination(any_database, strategy=strategy), names([1, 2]), "a", REFRESH)
    assert any_database.rows("SELECT n FROM many") == [(2,)]
    assert any_database.rows("SELECT id FROM items") == [(1,)]
    assert rows(any_database, "no, id") == [(3, 1), (4, 2)]
    [(definition, comment)] = any_database.rows(
        "SELECT pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint') FROM pg_constraint "
        "WHERE conname = 'its_order'"
    )
    assert "ON DELETE CASCADE" in definition
    assert comment == "whose"
    for table, column in (("pg_trigger", "tgname"), ("pg_policy", "polname"), ("pg_statistic_ext", "stxname")):
        count = f"SELECT count(*) FROM {table} WHERE {column} IN ('notes', 'own', 'both_columns')"
        assert any_database.rows(count) == [(1,)]


def test_a_row_that_others_point_at_must_come_again(database: Database) -> None:
    database.execute(
        "CREATE TABLE orders (id bigint PRIMARY KEY, name text)", "INSERT INTO orders VALUES (1, 'old')",
        "CREATE TABLE items (of_order bigint CONSTRAINT its_order REFERENCES orders)", "INSERT INTO items VALUES (1)",
    )  # fmt: skip
    with pytest.raises(CommitRejected, match="its_order") as refused:
        load(destination(database), names([2]), "a", REFRESH)
    assert "(of_order)=(1)" in refused.value.message
    assert rows(database) == [(1, "old")]
    assert database.rows("SELECT count(*) FROM pg_constraint WHERE conname = 'its_order'") == [(1,)]


def test_a_swap_that_cannot_be_says_what_stands_in_the_way(database: Database) -> None:
    database.execute("CREATE TABLE orders (id bigint, name text)", "CREATE VIEW v AS SELECT * FROM orders")
    with pytest.raises(SchemaError, match="views"):
        load(destination(database, strategy="swap"), names([1]), "a", REFRESH)


def test_a_view_made_meanwhile_still_sees_the_rows(database: Database) -> None:
    to = destination(database)
    load(to, names([1], "old"), "a", REFRESH)
    with begun(to, order(names([2]), "b", REFRESH)) as session:
        staged = list(session.stage("0", iter(names([2]).to_batches())))
        database.execute("CREATE VIEW v AS SELECT * FROM orders")
        session.commit(staged, {})
    assert database.rows("SELECT id FROM v") == [(2,)]
    assert left_behind(database) == []


def test_columns_of_the_data_that_the_table_has_not_are_added_and_others_get_room(database: Database) -> None:
    database.execute(
        "CREATE TABLE orders (id int, name int, kept text DEFAULT 'x')", "INSERT INTO orders VALUES (1, 2)",
        "CREATE INDEX by_id ON orders (id)",
    )  # fmt: skip
    load(destination(database), names([2**40]).append_column("more", pa.array([1.5])), "a", REFRESH)
    assert rows(database, "id, name, kept, more") == [(2**40, "new", "x", 1.5)]
    assert database.rows("SELECT indexname FROM pg_indexes WHERE tablename = 'orders'") == [("by_id",)]


def test_a_partitioned_table_is_refreshed(any_database: Database) -> None:
    any_database.execute(
        "CREATE TABLE orders (id bigint, name text) PARTITION BY RANGE (id)",
        "CREATE TABLE low PARTITION OF orders FOR VALUES FROM (0) TO (10)",
        "CREATE TABLE high PARTITION OF orders DEFAULT", "INSERT INTO orders VALUES (1, 'old'), (20, 'old')",
    )  # fmt: skip
    load(destination(any_database), names([3, 30]), "a", REFRESH)
    assert rows(any_database) == [(3, "new"), (30, "new")]
    assert any_database.rows("SELECT id FROM low") == [(3,)]


def test_readers_see_all_of_the_old_rows_or_all_of_the_new_ones(database: Database) -> None:
    for strategy in ("swap", "truncate"):
        to = destination(database, strategy=strategy)
        load(destination(database), names([1, 2], "old"), f"{strategy}-a", REFRESH)
        with begun(to, order(names([3]), f"{strategy}-b", REFRESH)) as session:
            staged = list(session.stage("0", iter(names([3]).to_batches())))
            assert rows(database) == [(1, "old"), (2, "old")]
            session.commit(staged, {})
        assert rows(database) == [(3, "new")]
