"""Where the data, the staged parts and the commit records of a file destination stand."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileLayout:
    """The names around one file (`is_file`) or one directory of parts. Everything of ours but the data is hidden.

    `folder` is the directory that holds the data; `control` the hidden one that holds records and staged parts.
    """

    path: str
    is_file: bool
    ending: str

    @classmethod
    def of(cls, path: str, endings: tuple[str, ...], ending: str) -> FileLayout:
        bare = path.lower()
        for compressed in (".gz", ".zst", ".bz2", ".xz"):
            bare = bare.removesuffix(compressed)
        is_file = not path.endswith("/") and bare.endswith(endings) and not os.path.isdir(path)
        return cls(path.rstrip("/") or "/", is_file, ending)

    @property
    def folder(self) -> str:
        return self._parent if self.is_file else self.path

    @property
    def control(self) -> str:
        return f"{self._parent}/.{self._name}.conduit" if self.is_file else f"{self.path}/.conduit"

    def record(self, token: str) -> str:
        """Where a load's record stands, under an ending that no glob for data asks for."""
        return f"{self.control}/{token}.commit"

    def staging(self, token: str) -> str:
        """Where parts wait that will be moved one by one."""
        return f"{self.control}/staged-{token}"

    def beside(self, token: str) -> str:
        """A whole new directory, to be put in the place of the old one."""
        return f"{self._parent}/.{self._name}.{token}.new"

    def aside(self, token: str) -> str:
        """Where the old directory waits to be removed, if two renames were needed."""
        return f"{self._parent}/.{self._name}.{token}.old"

    def final(self, name: str, token: str, replace: bool) -> str:
        """Where a staged part belongs. A file that may not be replaced gets the token in its name."""
        if not self.is_file:
            return f"{self.path}/{name}"
        if replace:
            return self.path
        stem, ending = self._stem()
        return f"{self._parent}/{stem}-{token}{ending}"

    @property
    def siblings(self) -> tuple[str, str]:
        """How the paths begin and end of the files that appends to a single file add beside it."""
        stem, ending = self._stem()
        return f"{self._parent}/{stem}-", ending

    @property
    def _parent(self) -> str:
        parent, _, _ = self.path.rpartition("/")
        return parent or ("/" if self.path.startswith("/") else ".")

    @property
    def _name(self) -> str:
        return self.path.rpartition("/")[2]

    def _stem(self) -> tuple[str, str]:
        stem, dot, ending = self._name.partition(".")
        return stem, dot + ending
