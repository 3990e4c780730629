"""Starting a load quickly: decisions about the whole process, taken before the libraries are imported.

A small load spends most of its time on imports, and much of that on what it never uses. Measured on the load of a
thousand rows, of 0.46 s of CPU: threads for numpy's matrices 0.035 s, garbage collection 0.03 s, pydantic's look at
every installed package for plugins 0.01 s; and pandas, where it is installed, which pyarrow imports to see whether a
Python value is one of its objects, another 0.3 s.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType

_NEW_OBJECTS_PER_COLLECTION = 200_000


def with_rare_collections() -> None:
    """Collect garbage seldom: importing makes a hundred thousand objects that stay, and looking for cycles among
    them again and again takes a fifteenth of a small load. Data is Arrow's and none of the collector's business.
    """
    gc.set_threshold(_NEW_OBJECTS_PER_COLLECTION)


def with_light_imports() -> None:
    """Import the libraries without what only other people's code would want of them.

    For a process that runs Conduit's own code only: it holds no pandas object, no plugin looks at its models, and it
    multiplies no matrices.
    """
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Arrow's allocator gives pages back after 10 ms and gets them zeroed anew: a tenth of what a load of files costs.
    os.environ.setdefault("MIMALLOC_PURGE_DELAY", "500")
    with _hidden("pandas"):
        import pyarrow as pa

        # The first value that is converted makes it look for pandas, and never again.
        pa.scalar(1)


@contextmanager
def _hidden(name: str) -> Iterator[None]:
    """Let a top-level module be absent for a while; if it is imported already, it stays."""
    finder = _Absent(name)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _Absent:
    """A finder for which one module does not exist."""

    def __init__(self, name: str) -> None:
        self._name = name

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> None:
        if name == self._name:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
