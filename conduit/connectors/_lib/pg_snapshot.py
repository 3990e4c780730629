"""One moment of the database, held by a transaction that others join by its id: in any thread, process or machine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conduit.sdk import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conduit.connectors._lib.pg_connect import PgConnection

_ID = re.compile(r"[0-9A-Fa-f-]{1,64}")
_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


def hold_snapshot(connection: PgConnection, relations: Iterable[str]) -> str:
    """Begin a transaction that keeps the relations (quoted names) from being changed in structure; its snapshot's id.

    They are locked first: a TRUNCATE between snapshot and lock would show them empty.
    """
    names = list(relations)
    connection.execute(f"{_BEGIN};" + (f"LOCK TABLE {', '.join(names)} IN ACCESS SHARE MODE;" if names else ""))
    [(found,)] = connection.rows("SELECT pg_export_snapshot()")
    return str(found)


def join_snapshot(connection: PgConnection, snapshot: str) -> None:
    """Begin a transaction that sees what the holder of the snapshot sees."""
    if not _ID.fullmatch(snapshot):
        raise SourceError("The partition names no snapshot.", place=connection.place)
    connection.execute(f"{_BEGIN}; SET TRANSACTION SNAPSHOT '{snapshot}'")
