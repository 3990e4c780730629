"""The record that is a file load's point of no return: written durably first, then carried out, by anyone, any number
of times, until what it lists is in place.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field

from conduit.connectors._lib.exchange import rename_to_free
from conduit.connectors._lib.file_storage import Storage
from conduit.core.fault import failpoint
from conduit.sdk import Json, Receipt


@dataclass(frozen=True, slots=True)
class CommitRecord:
    """`moves` are (staged, final) paths, `removes` are old files that this load replaces.

    With a `spare` path nothing may be replaced: the part goes there when its final place was taken meanwhile.
    """

    token: str
    rows: int
    bytes: int
    moves: tuple[tuple[str, str], ...] = ()
    removes: tuple[str, ...] = ()
    spare: str = ""
    parts: tuple[str, ...] = ()
    positions: Mapping[str, Json] = field(default_factory=dict)

    def receipt(self) -> Receipt:
        return Receipt(self.token, self.rows, self.bytes, self.parts, self.positions)

    def write(self, storage: Storage, path: str) -> None:
        """Make the record durable under `path`, whole or not at all."""
        draft = f"{path}.draft"
        with storage.open_write(draft) as file:
            file.write(json.dumps(asdict(self), indent=1).encode())
            storage.sync(file)
        storage.rename(draft, path)
        storage.sync_folder(os.path.dirname(path))

    def carry_out(self, storage: Storage, root: str) -> None:
        """Bring every staged part to its final place, below `root`; a part that is there already is left alone."""
        for staged, final in self.moves:
            if storage.exists(staged):
                self._move(storage, staged, final)
                failpoint("commit.renamed")
        for old in self.removes:
            storage.remove(old)
            failpoint("commit.removed")
        for folder in folders_of((final for _, final in self.moves), root):
            storage.sync_folder(folder)

    def _move(self, storage: Storage, staged: str, final: str) -> None:
        if self.spare and storage.is_local:
            if not rename_to_free(staged, final):
                storage.rename(staged, self.spare)
        else:
            storage.rename(staged, self.spare if self.spare and storage.exists(final) else final)


def folders_of(paths: Iterable[str], root: str) -> list[str]:
    """The folders whose names make `paths` reachable from `root`, itself included."""
    found = {root}
    for path in paths:
        folder = os.path.dirname(path)
        while len(folder) > len(root) and folder not in found:
            found.add(folder)
            folder = os.path.dirname(folder)
    return sorted(found)


def read_record(storage: Storage, path: str) -> CommitRecord | None:
    """The record at `path`, None when there is none."""
    if not storage.exists(path):
        return None
    with storage.open_read(path) as file:
        raw = json.loads(file.read())
    return CommitRecord(
        token=raw["token"],
        rows=raw["rows"],
        bytes=raw["bytes"],
        moves=tuple((staged, final) for staged, final in raw["moves"]),
        removes=tuple(raw["removes"]),
        spare=raw["spare"],
        parts=tuple(raw["parts"]),
        positions=raw["positions"],
    )
