"""What a user may say about the tables that are written: how they are made, refreshed, merged."""

from __future__ import annotations

from typing import Literal

from conduit.connectors._lib.pg_options import PgOptions
from conduit.connectors._lib.sql_options import TableToWrite
from conduit.sdk import Options, option


class PartitionBy(Options):
    """How a new table is partitioned."""

    method: Literal["range", "list", "hash"] = option(
        "range", description="How rows find their partition.", example="hash"
    )
    columns: tuple[str, ...] = option(
        description="The columns that decide; several for `range` and `hash`.", example=["day"], min_length=1
    )
    partitions: int = option(
        8,
        description="How many partitions `hash` gets; `range` and `list` get a default one.",
        example=16,
        ge=1,
        le=1024,
    )


class TableOptions(Options):
    """What a table that is created gets."""

    unlogged: bool = option(
        False,
        description="Keep it out of the server's log: faster, and empty after a crash of the server.",
        example=True,
    )
    tablespace: str | None = option(None, description="The tablespace that it lies in.", example="fast_disks")
    indexes: tuple[tuple[str, ...], ...] = option(
        (), description="Indexes, each a list of columns.", example=[["customer_id"], ["day", "region"]]
    )
    partition_by: PartitionBy | None = option(
        None, description="`method`, `columns` and `partitions` of a partitioned table.", example={"columns": ["day"]}
    )


class History(Options):
    """The columns in which `scd2` keeps what was true when."""

    valid_from: str = option("valid_from", description="When a version began to be true.", example="since")
    valid_to: str = option("valid_to", description="When it ended; NULL while it is true.", example="until")
    is_current: str = option("is_current", description="Whether it is true.", example="current")

    @property
    def names(self) -> tuple[str, str, str]:
        return self.valid_from, self.valid_to, self.is_current


class PgWriteOptions(TableToWrite, PgOptions):
    """Which server, which table, and how it is written."""

    db_schema: str = option(
        "public", description="The schema; it is made if needed.", example="sales", aliases=("schema", "db_schema")
    )
    auto_create_table: bool = option(
        True, description="Create the table where it is not there; else that is an error.", example=False
    )
    table_options: TableOptions = option(
        TableOptions(),
        description="What a new table gets: `unlogged`, `tablespace`, `indexes` (lists of columns), `partition_by` "
        "(`method`: range, list or hash; `columns`; `partitions` for hash).",
        example={"indexes": [["customer_id"]]},
    )
    strategy: Literal["auto", "swap", "truncate"] = option(
        "auto",
        description="How `full_refresh` replaces rows: `swap` puts a new table in the place of the old one; `truncate` "
        "empties the old one and copies the new rows into it, which keeps views, foreign keys, triggers and all else "
        "that hangs on it. `auto` swaps where nothing hangs on the table that a new one could not get.",
        example="truncate",
    )
    key_index: Literal["create", "require"] = option(
        "create",
        description="Where the table has no unique index on the key of an `upsert` or `insert_only`: `create` one in "
        "the load's own transaction, or `require` that somebody has.",
        example="require",
    )
    skip_unchanged: bool = option(
        False,
        description="Let an `upsert` leave rows alone that would not change, so that triggers and replicas see no "
        "update.",
        example=True,
    )
    history: History = option(
        History(),
        description="The columns of `scd2`: `valid_from`, `valid_to`, `is_current`.",
        example={"valid_from": "since", "valid_to": "until"},
    )
