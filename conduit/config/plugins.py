"""The `plugins:` of a file: modules and Python files that are imported for the checks that they register."""

from __future__ import annotations

import sys
from hashlib import blake2b
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from conduit.config.problems import Problems
from conduit.config.secrecy import shown
from conduit.config.tree import Node
from conduit.errors import ConduitError

_ENDING = ".py"
_PREFIX = "conduit_plugin_"


def load_plugins(plugins: Node | None, folder: Path, problems: Problems) -> tuple[str, ...]:
    """Import each plugin: a module by its name, a file as seen from `folder`. What fails is a problem at its item.

    Gives what they are called, files by their whole path.
    """
    items = () if plugins is None else plugins.items or (plugins,)
    loaded = []
    for item in items:
        if not isinstance(item.value, str) or not item.value or item.origin == "missing":
            continue  # the model has said so
        is_file = item.value.endswith(_ENDING)
        name = str(folder / Path(item.value).expanduser()) if is_file else item.value
        try:
            _import_file(Path(name)) if is_file else import_module(name)
        except ConduitError as refused:
            problems.add(item.place, f"the plugin {shown(item)}: {refused.message}", remedy=refused.remedy)
        except FileNotFoundError:
            problems.add(item.place, f"there is no plugin {shown(item)}", remedy="Paths are relative to this file.")
        except Exception as failed:
            # It is the user's code: whatever it raises is a problem of this line.
            said = "" if item.origin != "file" else f": {failed}"
            problems.add(item.place, f"the plugin {shown(item)} cannot be imported: {type(failed).__name__}{said}")
        else:
            loaded.append(name)
    return tuple(loaded)


def plugin_of(module: str) -> str | None:
    """What a file would call the module as a plugin; None for what cannot be imported again, such as a notebook."""
    found = sys.modules.get(module)
    if module.startswith(_PREFIX):
        return getattr(found, "__file__", None)
    return None if found is None or module == "__main__" else module


def _import_file(path: Path) -> None:
    """Run a file as a module of its own, anew each time: it may have changed since the last configuration."""
    if not path.is_file():
        raise FileNotFoundError(path)
    name = f"{_PREFIX}{blake2b(str(path).encode(), digest_size=8).hexdigest()}"
    spec = spec_from_file_location(name, path)
    assert spec is not None, "a path that ends with .py has a loader"
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
