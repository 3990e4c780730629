"""A full refresh of a table that is there: emptied and filled again, with all that hangs on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from conduit.connectors._lib.pg_declared import literal
from conduit.connectors._lib.pg_target import Target
from conduit.connectors._lib.sql import quote

if TYPE_CHECKING:
    from conduit.connectors._lib.pg_connect import PgConnection

# Those of partitions go and come with their parent's.
_POINTING_HERE = """
SELECT n.nspname::text, c.relname::text, k.conname::text, pg_get_constraintdef(k.oid),
       obj_description(k.oid, 'pg_constraint')
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE k.contype = 'f' AND k.confrelid = $1::int8::oid AND k.conrelid <> k.confrelid AND k.conparentid = 0
 ORDER BY 1, 2, 3
"""


def emptied_and_filled(connection: PgConnection, target: Target, name: str, fill: Callable[[], None]) -> None:
    """Empty the table of that quoted name, call `fill`, and let the foreign keys of other tables hold again.

    Raises what the server says when one of them does not: then a row points at one that did not come again.
    """
    pointing = connection.rows(_POINTING_HERE, target.oid)
    for schema, table, constraint, _, _ in pointing:
        connection.execute(f"ALTER TABLE {quote(schema)}.{quote(table)} DROP CONSTRAINT {quote(constraint)}")
    connection.execute(f"TRUNCATE TABLE {name}")
    fill()
    for schema, table, constraint, definition, comment in pointing:
        other = f"{quote(schema)}.{quote(table)}"
        connection.execute(f"ALTER TABLE {other} ADD CONSTRAINT {quote(constraint)} {definition}")
        if comment is not None:
            connection.execute(f"COMMENT ON CONSTRAINT {quote(constraint)} ON {other} IS {literal(comment)}")
