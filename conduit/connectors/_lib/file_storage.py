"""The few file operations that connectors need, on local disks and, through fsspec, everywhere else.

Local files are opened directly: they are the hot path, and importing fsspec costs more than a small load takes.
"""

from __future__ import annotations

import glob
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, Protocol

from conduit.sdk import MissingExtra, SourceError

EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gcs", "gcs": "gcs", "az": "azure", "abfs": "azure", "abfss": "azure",
          "http": "http", "https": "http"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file as it was when it was listed: its path or URL, size in bytes (-1: unknown) and version."""

    path: str
    size: int
    version: str = ""


class Storage(Protocol):
    """What both kinds of storage do. Paths are local paths, or whole URLs."""

    is_local: bool

    def files(self, path: str) -> Iterator[FileRef]:
        """Files named by a path, a glob or a directory (then all below it, hidden ones aside), in sorted order."""

    def open_read(self, path: str) -> IO[bytes]: ...

    def open_write(self, path: str) -> IO[bytes]:
        """Create or replace a file, making its folder first."""

    def exists(self, path: str) -> bool: ...

    def rename(self, old: str, new: str) -> None:
        """Move a file over whatever is at `new`; atomic on local disks only."""

    def remove(self, path: str) -> None:
        """Remove a file or a folder with everything in it; what is not there is removed already."""

    def write_back(self, file: IO[bytes], begin: int, end: int) -> None:
        """Let the system start to write these bytes of a file to the disk, so that less is left for `sync`."""

    def sync(self, file: IO[bytes]) -> None:
        """Make a file that was written durable."""

    def sync_folder(self, path: str) -> None:
        """Make the names in a folder durable."""


class LocalStorage:
    """The local disk, with fsync where durability is promised."""

    is_local = True

    def files(self, path: str) -> Iterator[FileRef]:
        if os.path.isdir(path):
            found = _walk(path)
        elif os.path.exists(path):
            found = iter([path])
        else:
            found = (p for p in sorted(glob.glob(path, recursive=True)) if os.path.isfile(p))
        for name in found:
            stat = os.stat(name)
            yield FileRef(name, stat.st_size, str(stat.st_mtime_ns))

    def open_read(self, path: str) -> IO[bytes]:
        return open(path, "rb", buffering=0)

    def open_write(self, path: str) -> IO[bytes]:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        return open(path, "wb")

    def exists(self, path: str) -> bool:
        return os.path.exists(path)

    def rename(self, old: str, new: str) -> None:
        os.makedirs(os.path.dirname(new) or ".", exist_ok=True)
        os.replace(old, new)

    def remove(self, path: str) -> None:
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path, ignore_errors=True)
        elif os.path.lexists(path):
            os.remove(path)

    def write_back(self, file: IO[bytes], begin: int, end: int) -> None:
        # On Linux the advice that pages will not be needed starts the writing of those that are dirty.
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(file.fileno(), begin, end - begin, os.POSIX_FADV_DONTNEED)

    def sync(self, file: IO[bytes]) -> None:
        file.flush()
        os.fsync(file.fileno())

    def sync_folder(self, path: str) -> None:
        handle = os.open(path or ".", os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class RemoteStorage:
    """Any fsspec file system. An object becomes visible when its upload completes, so there is nothing to sync."""

    is_local = False

    def __init__(self, url: str, options: dict[str, Any] | None = None) -> None:
        import fsspec

        protocol = url.split("://", 1)[0]
        try:
            self.fs, _ = fsspec.core.url_to_fs(url, **(options or {}))
        except (ImportError, ValueError) as missing:
            if protocol in EXTRAS:
                raise MissingExtra.needed(f"A {protocol}:// URL", EXTRAS[protocol]) from missing
            raise SourceError(f"No file system is known for {protocol}:// URLs.", place=url) from missing

    def files(self, path: str) -> Iterator[FileRef]:
        bare = self.fs._strip_protocol(path)
        if any(char in bare for char in "*?["):
            names = self.fs.glob(bare)
        elif self.fs.isdir(bare):
            names = [name for name in self.fs.find(bare) if not _hidden(name[len(bare) :])]
        else:
            names = [bare] if self.fs.exists(bare) else []
        for name in sorted(names):
            info = self.fs.info(name)
            version = info.get("ETag") or info.get("etag") or info.get("mtime") or info.get("created") or ""
            size = info.get("size")
            yield FileRef(self.fs.unstrip_protocol(name), -1 if size is None else int(size), str(version))

    def open_read(self, path: str) -> IO[bytes]:
        file: IO[bytes] = self.fs.open(path, "rb")
        return file

    def open_write(self, path: str) -> IO[bytes]:
        self.fs.makedirs(self.fs._parent(path), exist_ok=True)
        file: IO[bytes] = self.fs.open(path, "wb")
        return file

    def exists(self, path: str) -> bool:
        return bool(self.fs.exists(path))

    def rename(self, old: str, new: str) -> None:
        self.fs.makedirs(self.fs._parent(new), exist_ok=True)
        if self.fs.exists(new):
            self.fs.rm(new)
        self.fs.mv(old, new)

    def remove(self, path: str) -> None:
        if self.fs.exists(path):
            self.fs.rm(path, recursive=True)

    def write_back(self, file: IO[bytes], begin: int, end: int) -> None:
        return

    def sync(self, file: IO[bytes]) -> None:
        file.flush()

    def sync_folder(self, path: str) -> None:
        return


def storage_for(path: str, options: dict[str, Any] | None = None) -> Storage:
    """The storage behind a path or URL. Raises MissingExtra when the URL's driver is not installed."""
    if "://" not in path or path.startswith("file://"):
        return LocalStorage()
    return RemoteStorage(path, options)


def local_path(path: str) -> str:
    """A `file://` URL as a path; anything else unchanged."""
    return path.removeprefix("file://")


def _walk(folder: str) -> Iterator[str]:
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "_")))
        for name in sorted(names):
            if not name.startswith((".", "_")):
                yield os.path.join(root, name)


def _hidden(relative: str) -> bool:
    return any(part.startswith((".", "_")) for part in relative.strip("/").split("/"))
