"""Destinations that lose or double a load which fails, is aborted or dies: each broken in one way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pyarrow as pa

from conduit.core.fault import failpoint
from conduit.sdk import Receipt, Staged, WriteJob, WriteMode, WriteSession
from conduit.sdk.suites.doubles.folder import Broken, FolderDestination, FolderOptions, FolderSession


class NeverAborts(Broken):
    class Session(FolderSession):
        def abort(self, staged: Iterable[Staged] = ()) -> None:
            return


class ClearsFirst(Broken):
    class Session(FolderSession):
        def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
            if self.job.mode is WriteMode.FULL_REFRESH:
                manifest = self.destination.manifest(self.job.table)
                self.publish({**manifest, "parts": []})
            yield from super().stage(part, batches)


class FindsOnlyItsOwn(FolderDestination):
    def __init__(self, options: FolderOptions) -> None:
        super().__init__(options)
        self.landed: set[str] = set()

    def begin(self, job: WriteJob) -> WriteSession:
        self.landed.add(job.token)
        return super().begin(job)

    def find(self, table: str, token: str) -> Receipt | None:
        return super().find(table, token) if token in self.landed else None


class ForgetsPositions(FolderDestination):
    def find(self, table: str, token: str) -> Receipt | None:
        found = super().find(table, token)
        return None if found is None else replace(found, positions={})


class NeverFinds(FolderDestination):
    def find(self, table: str, token: str) -> Receipt | None:
        return None


class PublishesBatchByBatch(Broken):
    class Session(FolderSession):
        def stage(self, part: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Staged]:
            for i, batch in enumerate(batches):
                for piece in super().stage(f"{part}-{i}", iter([batch])):
                    old = self.destination.manifest(self.job.table)
                    self.publish({**old, "parts": [*old["parts"], str(piece.detail["file"])]})
                    yield piece


class FindsWhatIsOnlyStaged(FolderDestination):
    def find(self, table: str, token: str) -> Receipt | None:
        staged = list(self.where(table).glob(f"{token}-*.arrow"))
        return super().find(table, token) or (Receipt(token, 0) if staged else None)


class RemembersWhenClosed(Broken):
    class Session(FolderSession):
        manifest: dict[str, Any] | None = None

        def publish(self, manifest: dict[str, Any]) -> None:
            self.manifest = manifest
            landed = {token: kept for token, kept in manifest["receipts"].items() if token != self.job.token}
            super().publish({**manifest, "receipts": landed})

        def close(self) -> None:
            if self.manifest is not None:
                super().publish(self.manifest)


class RemembersInASecondStep(Broken):
    class Session(FolderSession):
        def publish(self, manifest: dict[str, Any]) -> None:
            landed = {token: kept for token, kept in manifest["receipts"].items() if token != self.job.token}
            super().publish({**manifest, "receipts": landed})
            failpoint("folder.between")
            super().publish(manifest)


BROKEN_FAILURES: dict[str, type[FolderDestination]] = {
    "test_abort_leaves_nothing": NeverAborts,
    "test_failed_load_keeps_the_old_rows": ClearsFirst,
    "test_find_knows_what_landed": FindsOnlyItsOwn,
    "test_find_gives_the_positions_back": ForgetsPositions,
    "test_a_token_lands_once": NeverFinds,
    "test_killed_while_staging_is_taken_over": PublishesBatchByBatch,
    "test_killed_before_commit_lands_once": FindsWhatIsOnlyStaged,
    "test_killed_after_commit_is_found": RemembersWhenClosed,
    "test_killed_at_its_own_failpoints_lands_once": RemembersInASecondStep,
}
