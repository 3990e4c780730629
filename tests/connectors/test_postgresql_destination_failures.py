"""Whatever the server or the network does in mid-load, a load lands once or not at all, and says which."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest

from conduit.connectors.postgresql import DESTINATION
from conduit.errors import ConduitError
from conduit.sdk import CommitRejected, CommitUnknown, DestinationError, SecretStr, TransientError, WriteMode

from ..servers.lossy_proxy import lossy_proxy
from ..servers.postgresql import Database, Server, fresh_database, running_server
from .postgresql_loads import begun, destination, left_behind, load, names, order, rows

UPSERT, REFRESH = WriteMode.UPSERT, WriteMode.FULL_REFRESH
_RECORDING = b'INSERT INTO "public"."_conduit_commits"'
_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
    "AND pid <> pg_backend_pid()"
)


def through(proxy_port: int, database: Database) -> DESTINATION:
    return DESTINATION(
        DESTINATION.options_model(host="127.0.0.1", port=proxy_port, user="postgres", database=database.name)
    )


def test_a_commit_whose_answer_is_lost_has_landed(any_database: Database) -> None:
    server = any_database.server
    with (
        lossy_proxy(server.port, b"COMMIT\0", after=_RECORDING, forwards=True) as proxy,
        begun(through(proxy.port, any_database), order(names([1]))) as session,
    ):
        staged = list(session.stage("0", iter(names([1]).to_batches())))
        assert session.commit(staged, {"p": 7}).token == "t1"
        assert proxy.cut.is_set()
    assert rows(any_database) == [(1, "new")]


@pytest.mark.parametrize("mode", [WriteMode.APPEND, UPSERT, REFRESH])
def test_a_commit_that_never_arrived_is_rejected(mode: WriteMode, database: Database) -> None:
    load(destination(database), names([1], "old"), "a", mode)
    with (
        lossy_proxy(database.server.port, b"COMMIT\0", after=_RECORDING, forwards=False) as proxy,
        begun(through(proxy.port, database), order(names([2]), "b", mode)) as session,
    ):
        staged = list(session.stage("0", iter(names([2]).to_batches())))
        with pytest.raises(CommitRejected):
            session.commit(staged, {})
        session.abort()
    assert rows(database) == [(1, "old")]
    assert left_behind(database) == []
    assert destination(database).find("orders", "b") is None


def test_a_commit_nobody_can_ask_about_is_unknown_and_found_later(database: Database) -> None:
    with (
        lossy_proxy(database.server.port, b"COMMIT\0", after=_RECORDING, forwards=True, blind=True) as proxy,
        begun(through(proxy.port, database), order(names([2]), "b", UPSERT)) as session,
        pytest.raises(CommitUnknown),
    ):
        session.commit([], {})
    assert destination(database).find("orders", "b") is not None


def test_a_backend_that_is_ended_in_mid_copy_is_tried_again(any_database: Database) -> None:
    big = names(list(range(200_000)), "a long name for many rows, so that they do not fit the buffers")

    def ended() -> Iterator[pa.RecordBatch]:
        yield from big.to_batches(max_chunksize=50_000)
        any_database.rows(_OTHERS)
        yield from big.to_batches(max_chunksize=50_000)

    with begun(destination(any_database), order(big)) as session:
        with pytest.raises(TransientError):
            list(session.stage("0", ended()))
        session.abort()
        assert left_behind(any_database) == []
    load(destination(any_database), big)
    assert any_database.rows("SELECT count(*) FROM orders") == [(200_000,)]


def test_a_session_whose_first_connection_was_lost_does_not_commit(database: Database) -> None:
    """The server may have crashed in between, and then what is staged outside its log is gone."""
    load(destination(database), names([1], "old"), "a")
    with begun(destination(database), order(names([2]), "b")) as session:
        staged = list(session.stage("0", iter(names([2]).to_batches())))
        database.rows(_OTHERS)
        with pytest.raises(TransientError):
            session.commit(staged, {})
        session.abort()
    assert rows(database) == [(1, "old")]
    assert left_behind(database) == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
def test_a_server_that_restarts_in_mid_load_loses_and_doubles_nothing(how: signal.Signals) -> None:
    with running_server("15") as server, fresh_database(server) as database:
        load(destination(database), names([1], "old"), "a")
        with begun(destination(database), order(names([2]), "b")) as session:
            staged = list(session.stage("0", iter(names([2]).to_batches())))
            server.stop(how)
            server.start()
            with pytest.raises(TransientError):
                session.commit(staged, {})
            session.abort()
        load(destination(database), names([2]), "b")
        assert rows(database) == [(1, "old"), (2, "new")]
        assert left_behind(database) == []


def test_a_lock_of_others_is_waited_for_so_long_and_no_longer(database: Database) -> None:
    load(destination(database), names([1], "old"), "a")
    with database.server.connected(database.name) as other:
        other.execute("BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(TransientError, match="lock"):
            load(destination(database, lock_timeout=0.2), names([2]), "b")
        other.execute("ROLLBACK")
    assert rows(database) == [(1, "old")]
    load(destination(database), names([2]), "b")


def test_two_loads_at_once_both_land(any_database: Database) -> None:
    for mode in (WriteMode.APPEND, UPSERT, WriteMode.INSERT_ONLY, WriteMode.DELETE_INSERT, WriteMode.SCD2):
        table = mode.value
        together = threading.Barrier(2)

        def loading(number: int, mode: WriteMode = mode, together: threading.Barrier = together) -> None:
            ids = [number * 2, number * 2 + 1]
            job = order(names(ids), f"{mode.value}-{number}", mode, table=mode.value)
            with begun(destination(any_database), job) as session:
                staged = list(session.stage("0", iter(names(ids).to_batches())))
                together.wait()
                session.commit(staged, {})

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(loading, range(2)))
        assert [row[0] for row in rows(any_database, "id, name", table)] == [0, 1, 2, 3], table
    assert left_behind(any_database) == []


def test_what_a_dead_load_left_is_removed_and_what_a_living_one_stages_is_not(database: Database) -> None:
    database.execute('CREATE TABLE "_conduit_stage_0123456789abcdef" (id int)')
    to = destination(database)
    with begun(to, order(names([1]), "alive")) as session:
        staged = list(session.stage("0", iter(names([1]).to_batches())))
        load(to, names([2]), "other")
        assert len(left_behind(database)) == 1
        session.commit(staged, {})
    assert left_behind(database) == []
    assert rows(database) == [(1, "new"), (2, "new")]


def test_a_row_that_the_table_refuses_is_named_with_what_refuses_it(database: Database) -> None:
    database.execute(
        "CREATE TABLE orders (id bigint CONSTRAINT positive CHECK (id > 0), name varchar(5) UNIQUE)",
        "INSERT INTO orders VALUES (1, 'old')",
    )
    for bad, said in (
        (names([2, -3]), r"positive.*\(-3, new\)"),
        (names([4], "old"), r"\(name\)=\(old\)"),
        (names([5], "too long"), "character varying\\(5\\)"),
    ):
        with pytest.raises(CommitRejected, match=said):
            load(destination(database), bad, "b")
        assert rows(database) == [(1, "old")]
        assert destination(database).find("orders", "b") is None
    assert left_behind(database) == []


def test_rows_that_a_trigger_holds_back_are_not_lost_without_a_word(database: Database) -> None:
    database.execute(
        "CREATE TABLE orders (id bigint, name text)",
        "CREATE FUNCTION kept_back() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION kept_back()",
    )
    with pytest.raises(CommitRejected, match="took 0 of 2 rows"):
        load(destination(database), names([1, 2]))


def test_a_role_without_rights_is_told_which(server: Server, database: Database) -> None:
    database.execute(f"CREATE ROLE loader_{database.name} LOGIN PASSWORD 'geheim'")
    options = DESTINATION.options_model(
        connection_string=SecretStr(server.uri(database.name, f"loader_{database.name}", "geheim")), db_schema="closed"
    )
    found = {probe.name: probe for probe in DESTINATION(options).probe()}
    assert not found["stage in closed"].passed
    assert "CREATE ON DATABASE" in found["stage in closed"].remedy
    with pytest.raises(DestinationError, match="denied") as refused:
        load(DESTINATION(options), names([1]))
    assert "geheim" not in f"{refused.value} {refused.value.__cause__} {options!r}"
    assert all(probe.passed for probe in destination(database).probe())
    database.execute(f"DROP ROLE loader_{database.name}")


def test_values_without_a_place_are_caught_and_never_cut(database: Database) -> None:
    for values in (
        pa.array([1], pa.timestamp("ns")),
        pa.array([1], pa.time64("ns")),
        pa.array(["a\0b"]),
        pa.array([-(10**18)], pa.timestamp("us")),
        pa.array([2**31 - 1], pa.date32()),
    ):
        with pytest.raises(ConduitError, match="'x'"):
            load(destination(database), pa.table({"x": values}))
    assert database.rows("SELECT to_regclass('orders')") == [(None,)]
