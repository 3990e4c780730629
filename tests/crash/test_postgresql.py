"""Killed at any moment, a load into a server is finished or forgotten by the next run, in every write mode."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

from conduit.connectors.postgresql import DESTINATION
from conduit.sdk import SecretStr, WriteJob, WriteMode
from conduit.sdk.suites.child import exit_code_of_load

from ..servers.postgresql import Database, database, server
from .case import crash_case
from .destinations import MODES, TABLE, Place, Row

__all__ = ["database", "server"]
_KILLED = -9
_BY_DEFAULT = ("stage.batch:2", "epoch.intended", "commit.before", "commit.after", "epoch.committed")


@dataclass(frozen=True, slots=True)
class ServerPlace(Place):
    """A database of its own on a server."""

    database: Database | None = None

    def __hash__(self) -> int:
        return hash(self.settings)

    @property
    def is_database(self) -> bool:
        return True

    @property
    def settings(self) -> str:
        assert self.database is not None
        return f'connection_string: "{self.database.uri}"'

    def rows(self, lake: Path) -> Counter[Row]:
        assert self.database is not None
        return Counter(self.database.rows(f"SELECT id, name, amount, kind FROM {TABLE}"))

    def strays(self, lake: Path) -> list[str]:
        assert self.database is not None
        found = self.database.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return [name for (name,) in found if name not in (TABLE, "_conduit_commits")]


_POINTS = Place("postgresql", "duckdb", "").points("append")


def _cells() -> Iterator[object]:
    for number, point in enumerate(_POINTS):
        for mode in MODES:
            dose = point in _BY_DEFAULT and mode == MODES[number % len(MODES)]
            yield pytest.param(mode, point, marks=[] if dose else pytest.mark.slow)


@pytest.mark.parametrize(("mode", "point"), list(_cells()))
def test_killed_and_run_again_the_rows_are_exactly_those_of_the_source(
    mode: str, point: str, database: Database, tmp_path: Path
) -> None:
    place = ServerPlace("postgresql", "postgresql", "", database=database)
    assert crash_case(place, mode, (point,), tmp_path / "project").problems == []


@pytest.mark.parametrize("mode", [mode for mode in WriteMode if mode.value not in MODES])
@pytest.mark.parametrize("fault", ["stage.batch", "commit.before", "commit.after"])
def test_a_merge_lands_once_whenever_it_is_killed(mode: WriteMode, fault: str, database: Database) -> None:
    destination = DESTINATION(DESTINATION.options_model(connection_string=SecretStr(database.uri)))
    old, new = _rows([1, 2], "old"), _rows([2, 3], "new")
    assert _code(destination, old, "a", mode) == 0
    before = _seen(database)
    assert _code(destination, new, "b", mode, fault) == _KILLED
    landed = destination.find(TABLE, "b") is not None
    assert landed == (fault == "commit.after")
    assert landed or _seen(database) == before
    if not landed:
        destination.discard(_job(new, "b", mode))
        assert _code(destination, new, "b", mode) == 0
    after = {
        WriteMode.INSERT_ONLY: [(1, "old"), (2, "old"), (3, "new")],
        WriteMode.SCD2: [(1, "old"), (2, "new"), (2, "old"), (3, "new")],
    }
    assert _seen(database) == after.get(mode, [(1, "old"), (2, "new"), (3, "new")])
    assert database.rows("SELECT count(*) FROM pg_class WHERE relname LIKE '%conduit_stage%'") == [(0,)]


def _rows(ids: list[int], name: str) -> pa.Table:
    return pa.table({"id": pa.array(ids, pa.int64()), "name": [name] * len(ids)})


def _job(table: pa.Table, token: str, mode: WriteMode) -> WriteJob:
    return WriteJob(TABLE, table.schema, mode, token, keys=("id",), resource=TABLE)


def _code(destination: DESTINATION, table: pa.Table, token: str, mode: WriteMode, fault: str = "") -> int:
    return exit_code_of_load(destination, _job(table, token, mode), table, {}, fault)


def _seen(database: Database) -> list[tuple[object, ...]]:
    return sorted(database.rows(f"SELECT id, name FROM {TABLE}"))
