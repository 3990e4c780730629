"""Which rejects have been sent again: said with the epoch that sends them, true once that epoch is confirmed."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from conduit.state.database import Database

RowMasks: TypeAlias = Mapping[str, pa.BooleanArray]
"""Rows of files of rejects, by the file's name without its ending: one truth value for each row of the file."""


def record_replays(database: Database, token: str, rows: RowMasks) -> None:
    """Record what an epoch sends again; called inside the transaction that begins it."""
    for file, mask in rows.items():
        plain = pa.concat_arrays([mask, pa.array([], pa.bool_())])  # without an offset
        packed = plain.buffers()[1].to_pybytes()[: (len(mask) + 7) // 8]
        database.run(
            "record_replay",
            token=token,
            file=file,
            length=len(mask),
            count=mask.true_count,
            rows=zlib.compress(packed),
        )


def replayed_rejects(database: Database) -> RowMasks:
    """All rejects that have been sent again, by epochs that are confirmed."""
    found: dict[str, pa.BooleanArray] = {}
    for row in database.run("replayed_rejects"):
        packed = pa.py_buffer(zlib.decompress(row["rows"]))
        mask = pa.BooleanArray.from_buffers(pa.bool_(), row["length"], [None, packed])
        found[row["file"]] = pc.or_(found[row["file"]], mask) if row["file"] in found else mask
    return found


def replayed_in(state_dir: Path) -> RowMasks:
    """The same for a state folder; nothing where it has no database."""
    path = state_dir / "state.db"
    if not path.exists():
        return {}
    database = Database(path)
    try:
        return replayed_rejects(database)
    finally:
        database.close()
