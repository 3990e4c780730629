"""Starting a load quickly: few garbage collections, and no pandas.

`pa.scalar(1)` asks whether its argument is a pandas object, and imports pandas, where it is installed, to find out:
0.3 s, more than all the rest of a small load. Conduit's own connectors never hold a pandas object. One of somebody
else's might; then pyarrow is told of pandas again before anything is read.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conduit.config.project import Project

_NEW_OBJECTS_PER_COLLECTION = 50_000


def with_rare_collections() -> None:
    """Collect garbage seldom: importing makes a hundred thousand objects that stay, and looking for cycles among
    them again and again takes a twentieth of a small load. Data is Arrow's and none of the collector's business.
    """
    gc.set_threshold(_NEW_OBJECTS_PER_COLLECTION)


def without_pandas() -> None:
    """Let pyarrow look for pandas now and not find it. It looks again when `to_pandas` is called.

    Nothing changes where pandas was imported before, and everybody else can import it afterwards.
    """
    if "pandas" in sys.modules:
        return
    import pyarrow as pa

    sys.meta_path.insert(0, _Hidden)
    try:
        pa.scalar(1)
    finally:
        sys.meta_path.remove(_Hidden)


def with_pandas_where_foreign(project: Project) -> None:
    """Show pyarrow pandas after all when a connector of `project` is not one of Conduit's own."""
    from conduit.registry import destination_class, source_class

    used = {source_class(r.source.type) for r in project.resources}
    written = {destination_class(r.destination.type) for r in project.resources}
    if any(not connector.__module__.startswith("conduit.") for connector in (*used, *written)):
        show_pandas()


def show_pandas() -> None:
    """Let pyarrow find pandas, if it is installed."""
    import pyarrow as pa

    try:
        import pandas  # noqa: F401
    except ImportError:
        return
    pa.table({"": pa.nulls(0)}).to_pandas()


class _Hidden:
    """A finder of modules for which pandas does not exist."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name == "pandas":
            raise ModuleNotFoundError(name, name=name)
        return None
