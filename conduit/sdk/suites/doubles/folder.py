"""A sound destination of Arrow files in a folder: what is visible is what the manifest lists, replaced by a rename."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

import pyarrow as pa

from conduit.core.fault import failpoint
from conduit.sdk import (
    Commit,
    Destination,
    DestinationError,
    DestinationSpec,
    Json,
    Options,
    Receipt,
    Source,
    Staged,
    WriteJob,
    WriteMode,
    WriteSession,
    option,
)
from conduit.sdk.suites.doubles.folder_structure import rows_of, structure_after
from conduit.sdk.suites.doubles.memory import MemoryOptions, MemorySource


class FolderOptions(Options):
    path: str = option(description="The folder; every table is a folder in it.", example="lake/")


class FolderDestination(Destination[FolderOptions]):
    """One folder per table. A commit is one rename of its manifest, which lists the parts and the receipts."""

    spec = DestinationSpec(
        name="folder",
        summary="Arrow files and a manifest.",
        modes=frozenset({WriteMode.APPEND, WriteMode.FULL_REFRESH, WriteMode.UPSERT}),
        commit=Commit.RENAME,
        dictionaries=True,
        evolves=frozenset({"add", "widen", "relax"}),
    )
    options_model: ClassVar[type[Options]] = FolderOptions

    def describe(self, table: str) -> pa.Schema | None:
        known = self.manifest(table)["schema"]
        return None if known is None else pa.ipc.read_schema(pa.py_buffer(bytes.fromhex(known)))

    def ddl(self, job: WriteJob, existing: pa.Schema | None) -> tuple[str, ...]:
        after = structure_after(existing, job, DestinationError)
        return () if after == existing else (json.dumps({"table": job.table, "schema": packed(after)}),)

    def reader(self, table: str) -> Source[Any] | None:
        rows = None if self.describe(table) is None else visible_rows(self, table)
        return MemorySource(MemoryOptions(name=table, table=rows))

    def begin(self, job: WriteJob) -> WriteSession:
        if job.mode not in self.spec.modes:
            raise DestinationError(f"The mode {job.mode.value!r} is not supported.", place=self.options.path)
        structure_after(self.describe(job.table), job, DestinationError)
        return FolderSession(self, job)

    def find(self, table: str, token: str) -> Receipt | None:
        landed = self.manifest(table)["receipts"].get(token)
        return None if landed is None else Receipt(token, landed["rows"], positions=landed["positions"])

    def where(self, table: str) -> Path:
        """The folder of a table; every name has one of its own."""
        return Path(self.options.path) / f"t-{quote(table, safe='')}"

    def manifest(self, table: str) -> dict[str, Any]:
        """The parts that are visible, the schema, and the receipts of every token that landed."""
        try:
            found: dict[str, Any] = json.loads((self.where(table) / "manifest.json").read_text())
        except FileNotFoundError:
            return {"schema": None, "parts": [], "receipts": {}}
        return found


class FolderSession(WriteSession):
    """Stages each part as a file that no manifest lists yet."""

    def __init__(self, destination: FolderDestination, job: WriteJob) -> None:
        self.destination = destination
        self.job = job
        self.place = destination.where(job.table)

    def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
        self.place.mkdir(parents=True, exist_ok=True)
        path = self.place / f"{quote(self.job.token, safe='')}-{quote(part, safe='')}.arrow"
        rows = 0
        with path.open("wb") as file:
            with pa.ipc.new_file(file, self.job.schema) as writer:
                for batch in batches:
                    writer.write_batch(batch.cast(self.job.schema))
                    rows += batch.num_rows
            file.flush()
            os.fsync(file.fileno())
        yield Staged(part, rows, path.stat().st_size, {"file": path.name})

    def commit(self, staged: Sequence[Staged], positions: Mapping[str, Json]) -> Receipt:
        manifest = self.destination.manifest(self.job.table)
        new = [str(piece.detail["file"]) for piece in staged]
        manifest["parts"] = self.visible_after(manifest["parts"], new)
        manifest["schema"] = packed(self.structure())
        rows = sum(piece.rows for piece in staged)
        manifest["receipts"][self.job.token] = {"rows": rows, "positions": dict(positions)}
        self.publish(manifest)
        return Receipt(self.job.token, rows, parts=tuple(new), positions=positions)

    def abort(self, staged: Iterable[Staged] = ()) -> None:
        visible = self.destination.manifest(self.job.table)["parts"]
        for path in self.place.glob(f"{quote(self.job.token, safe='')}-*"):
            if path.name not in visible:
                path.unlink()

    def structure(self) -> pa.Schema:
        """The schema of the table once this load is committed."""
        return structure_after(self.destination.describe(self.job.table), self.job)

    def visible_after(self, old: list[str], new: list[str]) -> list[str]:
        """The parts that readers see once `new` is committed, as the write mode says."""
        match self.job.mode:
            case WriteMode.FULL_REFRESH:
                return new
            case WriteMode.UPSERT:
                return [self.merged(old, new)]
            case _:
                return old + new

    def merged(self, old: list[str], new: list[str]) -> str:
        """A part with the rows of `old` whose key is not in `new`, and all of `new`."""
        schema = self.structure()
        kept, fresh = rows_of(self.place, old, schema), rows_of(self.place, new, schema)
        keys = list(self.job.keys)
        kept = kept.join(fresh.select(keys), keys, join_type="left anti").select(fresh.column_names)
        path = self.place / f"{quote(self.job.token, safe='')}-merged.arrow"
        with path.open("wb") as file, pa.ipc.new_file(file, fresh.schema) as writer:
            writer.write_table(pa.concat_tables([kept, fresh]))
        return path.name

    def publish(self, manifest: dict[str, Any]) -> None:
        """Replace the manifest, durably: the moment at which everything becomes visible at once."""
        self.place.mkdir(parents=True, exist_ok=True)
        draft = self.place / "manifest.draft"
        with draft.open("w") as file:
            json.dump(manifest, file)
            file.flush()
            os.fsync(file.fileno())
        failpoint("folder.drafted")
        draft.rename(self.place / "manifest.json")
        failpoint("folder.published")
        folder = os.open(self.place, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class Broken(FolderDestination):
    """The base of doubles of which only the session is broken."""

    Session: ClassVar[type[FolderSession]]

    def begin(self, job: WriteJob) -> WriteSession:
        super().begin(job)
        return self.Session(self, job)


def visible_rows(destination: FolderDestination, table: str) -> pa.Table:
    """The rows that a reader of the folder sees now."""
    schema = destination.describe(table)
    assert schema is not None, f"there is no table {table!r}"
    return rows_of(destination.where(table), destination.manifest(table)["parts"], schema)


def run_statements(destination: FolderDestination, statements: Sequence[str]) -> None:
    """Make of the structure what the statements of `ddl` say."""
    for statement in map(json.loads, statements):
        place = destination.where(statement["table"])
        place.mkdir(parents=True, exist_ok=True)
        manifest = {**destination.manifest(statement["table"]), "schema": statement["schema"]}
        (place / "manifest.json").write_text(json.dumps(manifest))


def packed(schema: pa.Schema) -> str:
    """The schema as it stands in the manifest."""
    return str(schema.serialize().to_pybytes().hex())
