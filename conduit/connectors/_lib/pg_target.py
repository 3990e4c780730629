"""The table that is written, as it is at this moment: its columns, what they take exactly, and its unique keys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from conduit.connectors._lib.pg_declared import declared_type, remarked
from conduit.connectors._lib.pg_types import PgType, column_of
from conduit.connectors._lib.sql import quote

if TYPE_CHECKING:
    from conduit.connectors._lib.pg_connect import PgConnection

_TABLE = """
SELECT c.oid::int8, c.relkind::text, c.relispartition OR c.relhassubclass
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
"""
# A domain is what it is made of, with that one's modifier; it may be NOT NULL by itself.
_COLUMNS = """
WITH RECURSIVE chain AS (
  SELECT a.attnum, a.atttypid AS oid, a.atttypmod AS modifier, a.attnotnull AS required
    FROM pg_catalog.pg_attribute a WHERE a.attrelid = $1::int8::oid AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT chain.attnum, t.typbasetype, t.typtypmod, chain.required OR t.typnotnull
    FROM chain JOIN pg_catalog.pg_type t ON t.oid = chain.oid WHERE t.typtype = 'd'
)
SELECT a.attname::text, chain.required, a.atthasdef, a.attidentity::text, a.attgenerated::text,
       pg_catalog.format_type(a.atttypid, a.atttypmod), t.typname::text, n.nspname::text, chain.modifier,
       t.typtype = 'c', e.typname::text, en.nspname::text, pg_catalog.col_description(a.attrelid, a.attnum)
  FROM chain
  JOIN pg_catalog.pg_attribute a ON a.attrelid = $1::int8::oid AND a.attnum = chain.attnum
  JOIN pg_catalog.pg_type t ON t.oid = chain.oid AND t.typtype <> 'd'
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typlen = -1 AND t.typcategory = 'A'
  LEFT JOIN pg_catalog.pg_namespace en ON en.oid = e.typnamespace
 ORDER BY chain.attnum
"""
_UNIQUE = """
SELECT array_agg(a.attname::text ORDER BY k.place)
  FROM pg_catalog.pg_index i
  CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, place)
  JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
 WHERE i.indrelid = $1::int8::oid AND i.indisunique AND i.indisvalid AND i.indimmediate
   AND i.indpred IS NULL AND i.indexprs IS NULL AND k.place <= i.indnkeyatts
 GROUP BY i.indexrelid
"""
_TEXTS = frozenset({"text", "varchar", "bpchar"})
_TIMES = frozenset({"time", "timestamp", "timestamptz"})


@dataclass(frozen=True, slots=True)
class TargetColumn:
    """A column of the table. `type` is what it takes exactly; `sql` its own type, `base` that without its modifier.

    `filled` says that it has a value when none is given; `identity` and `generated` are the catalogue's letters.
    """

    name: str
    type: pa.DataType
    sql: str
    base: str
    by_text: bool
    is_interval: bool
    required: bool
    filled: bool
    identity: str
    generated: str

    def expression(self, source: str) -> str:
        """The staged value `source`, a quoted name, as this column takes it; the server says what does not fit."""
        if not self.by_text:
            return source
        if self.is_interval:
            # A bare number would count seconds, and a duration that was made text counts something else.
            bare = f"{source} ~ '^[[:space:]]*[-+]?[0-9.]+[[:space:]]*$'"
            safe = f"CASE WHEN {bare} THEN {source} || ' of an unknown unit' ELSE {source} END"
            return f"({safe})::{self.base}"
        # Without the modifier, which an explicit cast would cut to; the assignment that follows only checks.
        return f"{source}::{self.base}"


@dataclass(frozen=True, slots=True)
class Target:
    """A relation with its columns; `keys` are the names of each unique index. `is_family`: part of an inheritance."""

    oid: int
    kind: str
    is_family: bool
    columns: tuple[TargetColumn, ...]
    keys: tuple[frozenset[str], ...]

    @property
    def schema(self) -> pa.Schema:
        """Its structure in Arrow; what every row has to bring is not nullable."""
        return pa.schema(
            [pa.field(column.name, column.type, not column.required or column.filled) for column in self.columns]
        )

    def column(self, name: str) -> TargetColumn:
        return next(column for column in self.columns if column.name == name)

    def sql_type(self, name: str) -> str | None:
        """The type of a column as the catalogue spells it; None where there is no such column."""
        return next((column.sql for column in self.columns if column.name == name), None)

    def has_key(self, names: Iterable[str]) -> bool:
        """Whether a unique index is on just these columns."""
        return frozenset(names) in self.keys


def find_target(connection: PgConnection, schema: str, table: str) -> Target | None:
    """The table, view or foreign table of that name; None where there is none."""
    if "\0" in schema + table:
        return None
    for oid, kind, family in connection.rows(_TABLE, schema, table):
        columns = tuple(_column(*facts) for facts in connection.rows(_COLUMNS, oid))
        keys = tuple(frozenset(names) for (names,) in connection.rows(_UNIQUE, oid))
        return Target(oid, kind, family, columns, keys)
    return None


def _column(
    name: str,
    required: bool,
    default: bool,
    identity: str,
    generated: str,
    sql: str,
    kind: str,
    kind_schema: str,
    modifier: int,
    composite: bool,
    element: str | None,
    element_schema: str | None,
    comment: str | None,
) -> TargetColumn:
    item = None if element is None else PgType(element, element_schema == "pg_catalog")
    own = PgType(kind, kind_schema == "pg_catalog", composite, item)
    arrow = _taken(name, own, modifier, comment)
    scalar = item or own
    as_text = pa.types.is_string(arrow) or (item is not None and pa.types.is_string(arrow.value_type))
    return TargetColumn(
        name,
        arrow,
        sql,
        f"{quote(kind_schema)}.{quote(kind)}",
        by_text=as_text and not (scalar.built_in and scalar.name in _TEXTS),
        is_interval=item is None and own.built_in and kind == "interval",
        required=required,
        filled=default or bool(identity) or bool(generated),
        identity=identity,
        generated=generated,
    )


def _taken(name: str, kind: PgType, modifier: int, comment: str | None) -> pa.DataType:
    """The Arrow type whose values a column takes without changing one."""
    said = remarked(comment) if kind.built_in and kind.element is None else None
    if said is not None and declared_type(name, said, "") == kind.name:
        return said
    read = column_of(name, kind, modifier, specials_as_text=False).type
    scalar = kind.element or kind
    if not scalar.built_in or modifier < 0:
        return read
    finer = read
    if scalar.name in _TIMES and modifier < 6:
        finer = _coarser(scalar.name, modifier)
    elif scalar.name == "numeric" and modifier >= 4:
        finer = _hundreds(modifier) or (read.value_type if kind.element else read)
    elif kind.element:
        return read
    return pa.list_(finer) if kind.element and not pa.types.is_list(finer) else finer


def _coarser(name: str, digits: int) -> pa.DataType:
    """The server rounds to so many digits of a second without a word: the next unit that it does not have to round."""
    unit = "ms" if digits >= 3 else "s"
    return pa.time32(unit) if name == "time" else pa.timestamp(unit, "UTC" if name == "timestamptz" else None)


def _hundreds(modifier: int) -> pa.DataType | None:
    """The decimal of a numeric with a negative scale, which the server rounds to tens, hundreds and so on."""
    precision, scale = (modifier - 4) >> 16, (((modifier - 4) & 0x7FF) ^ 1024) - 1024
    return pa.decimal128(precision, scale) if scale < 0 and precision <= 38 else None
