"""Moves for tests of the PostgreSQL destination: load a table as a run would, and look at what is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from conduit.connectors.postgresql import DESTINATION
from conduit.sdk import Destination, Receipt, WriteJob, WriteMode, WriteSession

from ..servers.postgresql import Database


def destination(database: Database, **options: Any) -> Any:
    return DESTINATION(DESTINATION.options_model(connection_string=database.uri, **options))


def order(data: pa.Table, token: str = "t1", mode: WriteMode = WriteMode.APPEND, **more: Any) -> WriteJob:
    """The job of loading the data, into `orders` and by `id` if nothing else is said."""
    keyed = mode not in (WriteMode.APPEND, WriteMode.FULL_REFRESH)
    facts: dict[str, Any] = {"table": "orders", "keys": ("id",) if keyed else (), "resource": "orders", **more}
    return WriteJob(schema=data.schema, mode=mode, token=token, **facts)


@contextmanager
def begun(to: Destination[Any], job: WriteJob) -> Iterator[WriteSession]:
    session = to.begin(job)
    try:
        yield session
    except BaseException:
        session.abort()
        raise
    finally:
        session.close()


def load(
    to: Destination[Any],
    data: pa.Table | list[pa.Table],
    token: str = "t1",
    mode: WriteMode = WriteMode.APPEND,
    **more: Any,
) -> Receipt:
    """Begin, stage each table as a part of its own, commit, close."""
    tables = data if isinstance(data, list) else [data]
    with begun(to, order(tables[0], token, mode, **more)) as session:
        staged = [piece for i, part in enumerate(tables) for piece in session.stage(str(i), iter(part.to_batches()))]
        return session.commit(staged, {"p": 7})


def rows(database: Database, what: str = "id, name", table: str = "orders") -> list[tuple[Any, ...]]:
    """What somebody else reads, in order."""
    return sorted(database.rows(f'SELECT {what} FROM "{table}"'), key=repr)


def names(ids: list[int], name: str | Sequence[str | None] = "new") -> pa.Table:
    """Rows with these ids, and a name or as many."""
    texts = [name] * len(ids) if isinstance(name, str) else name
    return pa.table({"id": pa.array(ids, pa.int64()), "name": pa.array(texts, pa.string())})


def left_behind(database: Database) -> list[str]:
    """Staging tables that are still there."""
    found = database.rows("SELECT relname FROM pg_class WHERE relname LIKE '\\_conduit\\_stage%'")
    return [name for (name,) in found]
