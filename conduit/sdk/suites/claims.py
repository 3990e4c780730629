"""What both suites demand of any connector: pure construction, pickling, documented and closed options."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from conduit.sdk import Destination, Options, Source
from conduit.sdk.suites.child import copied
from conduit.sdk.suites.watch import files_below, newly_open, open_files, recorded_io


def require_pure_construction(connector: Source[Any] | Destination[Any], directory: Path) -> None:
    """Raise AssertionError unless the connector can be made again without opening or creating anything."""
    # Whatever a class does once, at its first construction, it has done: only what repeats counts.
    files, descriptors = files_below(directory), open_files()
    hidden = directory.with_name(directory.name + "-away")
    directory.rename(hidden)
    try:
        with recorded_io() as touched:
            type(connector)(connector.options)
        created = directory.exists()
    except Exception as wrong:
        raise AssertionError(f"constructing needs what it will read or write: {wrong!r}") from wrong
    finally:
        if not directory.exists():
            hidden.rename(directory)
    assert not created, "constructing creates files"
    assert not touched, f"constructing does I/O: {touched}"
    assert files_below(directory) == files
    assert not newly_open(descriptors), f"constructing leaves files open: {newly_open(descriptors)}"


def require_pickles(connector: Source[Any] | Destination[Any]) -> None:
    """Raise AssertionError unless a copy in another process would be the same connector."""
    try:
        copy = copied(connector)
    except Exception as wrong:
        raise AssertionError(f"{type(connector).__name__} does not pickle: {wrong!r}") from wrong
    assert type(copy) is type(connector)
    assert copy.options == connector.options, "the options change on their way to another process"


def require_documented_options(model: type) -> None:
    """Raise AssertionError unless the options are closed, frozen, and every one is described."""
    assert issubclass(model, Options), f"{model.__name__} does not derive from conduit.sdk.Options"
    assert model.model_config.get("extra") == "forbid", f"{model.__name__} takes unknown options without a word"
    assert model.model_config.get("frozen"), f"{model.__name__} can be changed after it was validated"
    silent = [name for name, field in model.model_fields.items() if not (field.description or "").strip()]
    assert not silent, f"options of {model.__name__} without a description: {silent}"
    strangers = [name for name in model.path_fields if name not in model.model_fields]
    assert not strangers, f"path_fields of {model.__name__} that are no options: {strangers}"
