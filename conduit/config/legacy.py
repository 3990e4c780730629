"""Keys of Conduit 1.0 and of releases to come: which say what holds anyway, and which concern what is not here yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, TypeAlias

from conduit.config.problems import Problems, Subject
from conduit.config.tree import Entry, Node, plain
from conduit.core.position import Json

Where: TypeAlias = Literal["top", "source", "destination", "resource"]

LATER: dict[Where, dict[str, str]] = {
    "top": {
        "observability": "metrics and alerts",
        "workflows": "workflows",
        "profiles": "profiles",
        "defaults": "shared defaults",
        "include": "including other files",
    },
    "source": {
        "checkpoint_column": "checkpoints",
        "checkpoint_interval": "checkpoints",
        "resume": "resuming inside a resource",
        "cdc_enabled": "change data capture",
        "replication_slot": "change data capture",
        "publication": "change data capture",
        "incremental": "incremental loading",
        "incremental_column": "incremental loading",
    },
    "destination": {"checkpoint_interval": "checkpoints"},
    "resource": {
        "incremental": "incremental loading",
        "incremental_column": "incremental loading",
        "checkpoint_column": "checkpoints",
        "checkpoint_interval": "checkpoints",
        "resume": "resuming inside a resource",
        "post_hooks": "hooks",
        "pre_hooks": "hooks",
        "schedule": "schedules",
        "window_seconds": "streaming",
        "export_schema_path": "exporting the schema",
    },
}
INSTEAD: dict[Where, dict[str, str]] = {
    "top": {},
    "source": {},
    "destination": {
        "custom_null_values": "Set the NULL spellings on the source.",
        "type_mappings": "Write `cast:` on the resource.",
        "update_strategy": "Name the columns in `update_columns`.",
        "isolation_level": "A load is one transaction in every isolation level: remove the key.",
        "auto_create_table": "A table that is absent is always created: remove the key.",
        "enable_type_coercion": "Values are always converted to the types of the table: remove the key.",
        "strict_type_coercion": "A value that cannot be converted is always a reject, never NULL: remove the key.",
    },
    "resource": {"enhanced_quality_checks": "Write the checks under `quality_checks`."},
}


def _any(_: Json) -> bool:
    return True


def _is(*values: Json) -> Callable[[Json], bool]:
    return lambda value: value is None or value in values


# Accepted where the value says what happens anyway, so that leaving the key out changes no row.
TRUE_ANYWAY: dict[Where, dict[str, Callable[[Json], bool]]] = {
    "top": {"parallel_extraction": _any},  # a hint of speed: reading is parallel by itself
    "source": {
        "infer_schema": _any,  # types are inferred when they are not declared, which is what both values ask for
        "schema_sample_size": _any,  # a hint of speed: a value that refutes the sample widens the type or is rejected
        "resume": _is(False),
    },
    "destination": {
        "auto_create_table": _is(True),
        "enable_type_coercion": _is(True),
        "strict_type_coercion": _is(True),
        "update_strategy": _is("update_all"),
        "isolation_level": _is("READ COMMITTED"),
        "checkpoint_interval": _is(),
    },
    "resource": {
        "resume": _is(False),
        "incremental": _is(),
        "incremental_column": _is(),
    },
}


def settle(where: Where, node: Node, subject: Subject, problems: Problems, *, taken: Iterable[str] = ()) -> Node:
    """The mapping without the keys that are dealt with here; those that would change what happens become problems.

    `taken` are keys that the connector knows itself: they are left to it.
    """
    rest: dict[str, Entry] = {}
    known = frozenset(taken)
    for key, entry in node.entries.items():
        holds = TRUE_ANYWAY[where].get(key)
        if key in known:
            rest[key] = entry
        elif holds is not None and holds(plain(entry.node)):
            continue
        elif key in LATER[where]:
            problems.add(
                entry.place,
                f"{subject.key(key)} is not supported by this version ({LATER[where][key]})",
                remedy="Remove the key, or use a release that has it.",
            )
        elif key in INSTEAD[where]:
            problems.add(
                entry.place, f"{subject.key(key)} is not supported by this version", remedy=INSTEAD[where][key]
            )
        else:
            rest[key] = entry
    return Node(rest, node.place)
