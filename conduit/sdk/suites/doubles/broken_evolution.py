"""Destinations that change a structure wrongly, too early or alone: each broken in one way."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pyarrow as pa

from conduit.sdk import AddColumn, CommitRejected, Json, Receipt, Staged, WriteJob, WriteSession
from conduit.sdk.suites.doubles.folder import Broken, FolderDestination, FolderSession, packed


class TakesAnyChange(FolderDestination):
    spec = replace(FolderDestination.spec, evolves=frozenset({"add"}))


class _Rewriting(FolderSession):
    """Changes the rows that are there as well when it changes their structure."""

    def rewritten(self, table: pa.Table) -> pa.Table:
        raise NotImplementedError

    def commit(self, staged: Sequence[Staged], positions: Mapping[str, Json]) -> Receipt:
        for part in self.destination.manifest(self.job.table)["parts"] if self.job.changes else ():
            table = self.rewritten(pa.ipc.open_file(self.place / part).read_all())
            with (self.place / part).open("wb") as file, pa.ipc.new_file(file, table.schema) as writer:
                writer.write_table(table)
        return super().commit(staged, positions)


class FillsOldRows(Broken):
    class Session(_Rewriting):
        def rewritten(self, table: pa.Table) -> pa.Table:
            for change in self.job.changes:
                if isinstance(change, AddColumn):
                    zeros = pa.array([0] * table.num_rows).cast(change.field.type)
                    table = table.append_column(change.field.name, zeros)
            return table


class TidiesNewColumns(Broken):
    class Session(FolderSession):
        def structure(self) -> pa.Schema:
            tidy = [field.with_name(re.sub(r"\W", "_", field.name)) for field in super().structure()]
            return pa.schema(tidy)


class CutsWhatItWidens(Broken):
    class Session(_Rewriting):
        def rewritten(self, table: pa.Table) -> pa.Table:
            for place, field in enumerate(table.schema):
                if field.type == pa.int32():
                    cut = table.column(place).cast(pa.int16(), safe=False).cast(field.type)
                    table = table.set_column(place, field.name, cut)
            return table


class DemandsForEver(Broken):
    class Session(FolderSession):
        def structure(self) -> pa.Schema:
            known = self.destination.describe(self.job.table)
            demanding = {field.name for field in known or () if not field.nullable}
            return pa.schema([f.with_nullable(f.name not in demanding) for f in super().structure()])


class ChangesNothingForNoRows(Broken):
    class Session(FolderSession):
        def commit(self, staged: Sequence[Staged], positions: Mapping[str, Json]) -> Receipt:
            if not any(piece.rows for piece in staged):
                self.job = replace(self.job, changes=())
            return super().commit(staged, positions)


class RefusesWhatIsThereAlready(Broken):
    class Session(FolderSession):
        def structure(self) -> pa.Schema:
            known = self.destination.describe(self.job.table)
            names = set(known.names if known else ())
            if any(isinstance(change, AddColumn) and change.field.name in names for change in self.job.changes):
                raise CommitRejected("The column is there already.")
            return super().structure()


class TakesTheLastType(Broken):
    class Session(FolderSession):
        def structure(self) -> pa.Schema:
            known = self.destination.describe(self.job.table)
            added = [change.field for change in self.job.changes if isinstance(change, AddColumn)]
            others = [field for field in known or () if field.name not in {field.name for field in added}]
            return pa.schema([*others, *added])


class ChangesFirst(FolderDestination):
    def begin(self, job: WriteJob) -> WriteSession:
        super().begin(job)
        return _published(FolderSession(self, job), self.manifest(job.table))


class ChangesInAStepOfItsOwn(Broken):
    class Session(FolderSession):
        def commit(self, staged: Sequence[Staged], positions: Mapping[str, Json]) -> Receipt:
            _published(self, self.destination.manifest(self.job.table))
            return super().commit(staged, positions)


class TellsOnlyOfNewTables(FolderDestination):
    def ddl(self, job: WriteJob, existing: pa.Schema | None) -> tuple[str, ...]:
        return super().ddl(replace(job, changes=()), existing)


def _published(session: FolderSession, manifest: dict[str, object]) -> FolderSession:
    """The session, after it has changed the structure and nothing else."""
    if session.job.changes:
        session.publish({**manifest, "schema": packed(session.structure())})
    return session


BROKEN_EVOLUTION: dict[str, type[FolderDestination]] = {
    "test_evolves_is_exactly_what_works": TakesAnyChange,
    "test_an_added_column_is_null_in_old_rows": FillsOldRows,
    "test_an_added_column_has_any_name": TidiesNewColumns,
    "test_a_widened_column_keeps_every_value": CutsWhatItWidens,
    "test_a_relaxed_column_takes_null": DemandsForEver,
    "test_a_change_lands_without_rows": ChangesNothingForNoRows,
    "test_a_column_that_others_have_added_meanwhile_is_taken": RefusesWhatIsThereAlready,
    "test_a_column_that_others_have_added_as_another_type_is_refused": TakesTheLastType,
    "test_a_load_that_is_given_up_leaves_the_structure": ChangesFirst,
    "test_killed_at_any_point_rows_and_structure_go_together": ChangesInAStepOfItsOwn,
    "test_ddl_is_what_a_commit_does": TellsOnlyOfNewTables,
}
