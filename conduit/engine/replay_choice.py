"""Which rejects of a resource are sent again: those that are meant, and were not sent before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from conduit.core.types import parse_type
from conduit.dlq.catalog import RejectRun, file_id
from conduit.dlq.reading import Kinds, kinds_of, shaped_schema


@dataclass(frozen=True, slots=True)
class ChosenFile:
    """A file of rejects, and what is known of each of them."""

    path: Path
    kinds: Kinds


@dataclass(frozen=True, slots=True)
class Choice:
    """Files of rejects by their id, and the columns that their rows are to have before they are checked."""

    files: Mapping[str, ChosenFile]
    schema: pa.Schema


def choose(
    runs: list[RejectRun], check: str | None, cast: Mapping[str, str], replayed: Mapping[str, pa.BooleanArray]
) -> Choice:
    """Look through the rejects of some runs of one resource, the latest first.

    A column has the type that the resource casts it to, or else the one that it had when it was checked in the latest
    run: rows that were rejected before a cast, or by a run whose types were inferred otherwise, are cast to it.
    """
    files: dict[str, ChosenFile] = {}
    fields: dict[str, pa.Field] = {}
    for run in runs:
        for path in run.files:
            files[file_id(path)] = ChosenFile(path, kinds_of(path, check, replayed))
            for field in shaped_schema(path):
                kind = parse_type(cast[field.name]) if field.name in cast else field.type
                fields.setdefault(field.name, pa.field(field.name, kind))
    return Choice(files, pa.schema(list(fields.values())))
