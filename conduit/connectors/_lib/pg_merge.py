"""How staged rows meet those of a table that is there, in SQL: one transaction's statements for each write mode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conduit.connectors._lib.pg_target import Target
from conduit.connectors._lib.pg_write_options import PgWriteOptions
from conduit.connectors._lib.sql import quote, quoted
from conduit.connectors._lib.sql_session import updated_columns
from conduit.sdk import WriteJob, WriteMode

PART_ROWS = 1 << 40
"""A staged row's number is that of its part, times this, and its place in the part."""


@dataclass(frozen=True, slots=True)
class Merge:
    """The staged rows and where they go; `stage` is a quoted name, `order` the column of numbers, `columns` those that
    the data brings. `parts` are the numbers of the parts in the order in which they count.
    """

    options: PgWriteOptions
    job: WriteJob
    target: Target
    stage: str
    columns: Sequence[str]
    order: str = ""
    parts: Sequence[int] = ()

    def statements(self) -> list[str]:
        """What makes the staged rows the table's; the last one says how many rows it wrote."""
        match self.job.mode:
            case WriteMode.UPSERT | WriteMode.INSERT_ONLY:
                return [self._upsert()]
            case WriteMode.DELETE_INSERT:
                return [self._delete(), self._insert(f"SELECT {quoted(self.columns)} FROM {self._taken()}")]
            case WriteMode.SCD2:
                return [self._close(), self._open()]
            case _:
                return [self._insert(f"SELECT {self._expressions()} FROM {self.stage} AS s")]

    def first(self) -> str:
        """What fills a new table with one row of each key."""
        return self._insert(self._one_a_key(last=self.job.mode is WriteMode.UPSERT))

    @property
    def _table(self) -> str:
        return f"{quote(self.options.db_schema)}.{quote(self.job.table)}"

    def _expressions(self) -> str:
        return ", ".join(
            f"{self.target.column(name).expression(f's.{quote(name)}')} AS {quote(name)}" for name in self.columns
        )

    def _taken(self) -> str:
        """The staged rows, with values as the table takes them."""
        order = f", s.{quote(self.order)}" if self.order else ""
        return f"(SELECT {self._expressions()}{order} FROM {self.stage} AS s) AS taken"

    def _one_a_key(self, *, last: bool) -> str:
        """One of the rows of each key, in the order of the keys: an index is read and written in its own order."""
        keys = quoted(self.job.keys)
        return (
            f"SELECT DISTINCT ON ({keys}) {quoted(self.columns)} FROM {self._taken()} "
            f"ORDER BY {keys}, {self._rank()}{' DESC' if last else ''}"
        )

    def _rank(self) -> str:
        number = quote(self.order)
        if list(self.parts) == sorted(self.parts):
            return number
        ranks = " ".join(f"WHEN {part} THEN {rank}" for rank, part in enumerate(self.parts))
        return f"(CASE {number} / {PART_ROWS} {ranks} END * {PART_ROWS} + {number} % {PART_ROWS})"

    def _insert(self, select: str) -> str:
        # Values that come for a column which numbers itself are the user's.
        overriding = "OVERRIDING SYSTEM VALUE " if any(c.identity for c in self.target.columns) else ""
        return f"INSERT INTO {self._table} AS t ({quoted(self.columns)}) {overriding}{select}"

    def _upsert(self) -> str:
        updated = [name for name in updated_columns(self.job) if name in self.columns]
        insert = self.first()
        if self.job.mode is WriteMode.INSERT_ONLY or not updated:
            return f"{insert} ON CONFLICT ({quoted(self.job.keys)}) DO NOTHING"
        sets = ", ".join(f"{quote(name)} = EXCLUDED.{quote(name)}" for name in updated)
        where = f" WHERE {self._differs(updated, 't', 'EXCLUDED')}" if self.options.skip_unchanged else ""
        return f"{insert} ON CONFLICT ({quoted(self.job.keys)}) DO UPDATE SET {sets}{where}"

    def _delete(self) -> str:
        coming = f"SELECT DISTINCT {quoted(self.job.keys)} FROM {self._taken()}"
        return f"DELETE FROM {self._table} AS t USING ({coming}) AS s WHERE {self._same_key()}"

    def _close(self) -> str:
        """End the versions that are true now and differ from what comes."""
        _, until, current = (quote(name) for name in self.options.history.names)
        watched = [name for name in updated_columns(self.job) if name in self.columns]
        differs = self._differs(watched, "t", "s") if watched else "false"
        return (
            f"UPDATE {self._table} AS t SET {until} = now(), {current} = false "
            f"FROM ({self._one_a_key(last=True)}) AS s "
            f"WHERE t.{current} AND {self._same_key()} AND ({differs})"
        )

    def _open(self) -> str:
        """Begin a version for each key that has none which is true now."""
        since, until, current = (quote(name) for name in self.options.history.names)
        overriding = "OVERRIDING SYSTEM VALUE " if any(c.identity for c in self.target.columns) else ""
        return (
            f"INSERT INTO {self._table} ({quoted(self.columns)}, {since}, {until}, {current}) {overriding}"
            f"SELECT {quoted(self.columns, 's.')}, now(), NULL, true FROM ({self._one_a_key(last=True)}) AS s "
            f"WHERE NOT EXISTS (SELECT 1 FROM {self._table} AS t WHERE t.{current} AND {self._same_key()})"
        )

    def _same_key(self) -> str:
        return " AND ".join(f"t.{quote(key)} = s.{quote(key)}" for key in self.job.keys)

    def _differs(self, names: Sequence[str], left: str, right: str) -> str:
        """Whether one of the columns differs, NULL being equal to itself; what has no `=` is compared as text."""
        pairs = (
            (f"{left}.{quote(name)}", f"{right}.{quote(name)}", "::text" if self.target.column(name).by_text else "")
            for name in names
        )
        return " OR ".join(f"{a}{cast} IS DISTINCT FROM {b}{cast}" for a, b, cast in pairs)
