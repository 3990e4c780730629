"""Loads one after the other into one table, each from a file of its own structure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from conduit.core.events import Event
from conduit.engine.report import RunReport

from .projects import run

DUCKDB = "type: duckdb, path: shop.duckdb"
SQLITE = "type: sqlite, path: shop.sqlite"
EVOLVE = "mode: append, contract: evolve"


def load(
    folder: Path,
    data: pa.Table | Mapping[str, list[Any]],
    keys: str = EVOLVE,
    *,
    destination: str = DUCKDB,
    events: list[Event] | None = None,
    dry_run: bool = False,
) -> RunReport:
    """Load rows into the table `orders` under these keys of the resource."""
    table = data if isinstance(data, pa.Table) else pa.table(dict(data))
    pq.write_table(table, folder / "in.parquet")
    text = f"""
sources: [{{name: rows, type: parquet, path: in.parquet}}]
destinations: [{{name: shop, {destination}}}]
resources: [{{name: orders, source: rows, destination: shop, {keys}}}]
"""
    return run(folder, text, events=events, dry_run=dry_run)


def loaded(folder: Path) -> pa.Table:
    """What is in the table of the DuckDB file."""
    with duckdb.connect(str(folder / "shop.duckdb"), read_only=True) as shop:
        return shop.sql("SELECT * FROM orders ORDER BY ALL").to_arrow_table()


def rows(folder: Path) -> list[tuple[Any, ...]]:
    """Its rows, in order."""
    return [tuple(row.values()) for row in loaded(folder).to_pylist()]


def books(report: RunReport) -> tuple[int, int, int]:
    """Rows read, written and rejected; they balance."""
    assert report.resources[0].error is None, report.resources[0].error
    assert report.accounting.residue == 0
    return report.accounting.read, report.accounting.written, report.accounting.rejected
