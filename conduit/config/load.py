"""A configuration file -> a Project, or one ConfigError with every problem that the file has."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from conduit.config.connectors import Connectors
from conduit.config.dotenv import read_dotenv
from conduit.config.endpoints import read_endpoints
from conduit.config.environment import expand
from conduit.config.graph import require_order
from conduit.config.legacy import settle
from conduit.config.models import IGNORED_AT_TOP, LISTS_AT_TOP, ProjectKeys
from conduit.config.ownership import all_ours
from conduit.config.paths import anchored
from conduit.config.problems import Problems, Subject, quoted
from conduit.config.project import DEFAULT_MEMORY, DlqSettings, Project, Resource
from conduit.config.rejects import reject_settings
from conduit.config.resources import Declared, read_resource
from conduit.config.secrecy import shown
from conduit.config.tree import Node
from conduit.config.validation import validated
from conduit.config.yaml_text import MAX_BYTES, parse
from conduit.errors import ConfigError

HOME_VARIABLE = "CONDUIT_HOME"
STATE_FOLDER = ".conduit"

_FILE = Subject("the configuration")


def load_project(
    path: Path | str = "ingest.yml",
    *,
    environment: Mapping[str, str] | None = None,
    connectors: Connectors | None = None,
    if_all_ours: Callable[[], None] | None = None,
) -> Project:
    """The project of a YAML file, complete and valid. Raises ConfigError with all its problems, each with its place.

    `environment` fills `${VAR}` and wins over a `.env` beside the file (default: that of the process).
    `connectors` is where connector types are looked up (default: everything that is installed).
    `if_all_ours` is called before the first connector is imported if the file names no code but Conduit's own:
    neither a third party's connector nor a plugin.
    """
    if connectors is None:
        from conduit import registry

        connectors = registry
    shown_path = str(path)
    file = Path(os.path.abspath(path))
    problems = Problems(shown_path)
    root = parse(_read(file, shown_path), problems)
    if root is None:
        problems.raise_if_any()
        raise ConfigError(
            "The file is empty.", place=shown_path, remedy="A configuration has sources, destinations and resources."
        )
    if not isinstance(root.value, dict):
        problems.add(
            root.place, f"a configuration is a mapping with sources, destinations and resources, not {shown(root)}"
        )
        raise problems.error()
    own = dict(os.environ if environment is None else environment)
    variables = {**read_dotenv(file.parent / ".env", problems), **own}
    root = expand(_without_ignored(root), variables, problems)
    if if_all_ours is not None and all_ours(root):
        if_all_ours()
    return _project(root, file, variables, connectors, problems)


def _read(file: Path, shown_path: str) -> bytes:
    try:
        # One byte more than allowed tells that it is too large, whatever its size, and ends even on a device.
        with file.open("rb") as opened:
            return opened.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError("There is no such file.", place=shown_path, remedy="Name the configuration to use.") from None
    except (OSError, ValueError) as failed:
        reason = failed.strerror if isinstance(failed, OSError) else "its name is not valid"
        raise ConfigError(f"The file cannot be read: {reason}.", place=shown_path) from failed


def _without_ignored(root: Node) -> Node:
    """The keys that mean something: neither a v1.0 header nor `x-...`, a place to keep anchors."""
    kept = {key: entry for key, entry in root.entries.items() if key not in IGNORED_AT_TOP and not key.startswith("x-")}
    return Node(kept, root.place)


def _project(
    root: Node, file: Path, variables: Mapping[str, str], connectors: Connectors, problems: Problems
) -> Project:
    folder = file.parent
    root = settle("top", root, _FILE, problems)
    settings = {key: entry for key, entry in root.entries.items() if key not in LISTS_AT_TOP}
    known = (*LISTS_AT_TOP, *IGNORED_AT_TOP)
    keys = validated(ProjectKeys, Node(settings, root.place), _FILE, problems, also_known=known) or ProjectKeys()
    plugins = _plugins(root.get("plugins"), folder, problems)
    declared = Declared(
        read_endpoints("source", _items(root, "sources", problems) or (), connectors, problems),
        read_endpoints("destination", _items(root, "destinations", problems) or (), connectors, problems),
        DlqSettings(),
        folder,
        problems,
    )
    declared = replace(declared, dlq=reject_settings(keys.dlq, root.get("dlq"), _FILE, declared.dlq, declared))
    resources = _resources(root, declared)
    for draft in (*declared.sources.values(), *declared.destinations.values()):
        if not draft.used:
            declared.endpoint(draft)
    problems.raise_if_any()
    state = variables.get(HOME_VARIABLE) or keys.state_dir or STATE_FOLDER
    return Project(
        resources=tuple(resources),
        directory=folder,
        state_dir=Path(anchored(state, folder)),
        path=file,
        memory=keys.memory or DEFAULT_MEMORY,
        jobs=keys.jobs,
        plugins=plugins,
    )


def _plugins(node: Node | None, folder: Path, problems: Problems) -> tuple[str, ...]:
    if node is None:
        return ()
    from conduit.config.plugins import load_plugins  # brings importlib's machinery, which few configurations need

    return load_plugins(node, folder, problems)


def _resources(root: Node, declared: Declared) -> list[Resource]:
    problems = declared.problems
    items = _items(root, "resources", problems)
    if items == ():
        at = root.entries["resources"].place if "resources" in root.entries else root.place
        problems.add(at, "the configuration has no resources", remedy="A resource names a source and a destination.")
    found: list[Resource] = []
    named: dict[str, Node] = {}
    for number, node in enumerate(items or (), start=1):
        resource, name = read_resource(number, node, declared)
        if resource is not None:
            found.append(resource)
        if name is not None and name in named:
            at_name = node.get("name") or node
            line = named[name].place.line
            problems.add(
                at_name.place, f"two resources have the name {shown(at_name)}", remedy=f"The first is in line {line}."
            )
        elif name is not None:
            named[name] = node
    require_order(named, problems)
    return found


def _items(root: Node, key: str, problems: Problems) -> tuple[Node, ...] | None:
    """The list under a top-level key, empty when the key is absent; None after the problem that it is no list."""
    found = root.get(key)
    if found is None or found.value is None:
        return ()
    if isinstance(found.value, tuple):
        return found.value
    problems.add(
        found.place, f"{quoted(key)} must be a list, not {shown(found)}", remedy="Begin each entry with `- name: ...`."
    )
    return None
