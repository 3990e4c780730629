"""Entries of `sources:` and `destinations:` -> endpoints, their options validated by the connector's own model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

from conduit.config.connectors import Connectors
from conduit.config.contracts import declared_evolution
from conduit.config.legacy import settle
from conduit.config.models import SCHEMA_KEYS, WRITE_KEYS, DestinationKeys
from conduit.config.paths import anchor_paths
from conduit.config.problems import Problems, Subject, quoted
from conduit.config.project import Endpoint
from conduit.config.secrecy import shown
from conduit.config.spelling import field_of, known_keys, spellings
from conduit.config.suggestion import suggestion
from conduit.config.tree import Entry, Node, Place, leaves
from conduit.config.validation import validated
from conduit.core.options import Options
from conduit.core.spec import DestinationSpec
from conduit.errors import ConduitError, UnknownName
from conduit.registry import ALIASES
from conduit.schema.contract import Contract

Kind: TypeAlias = Literal["source", "destination"]

_IDENTITY = frozenset({"name", "type", "config"})


@dataclass(slots=True)
class Draft:
    """A declared source or destination whose options wait for what its resources add to them.

    `connector` is None when its type is unknown or its driver absent: the name exists, nothing else is known.
    """

    kind: Kind
    name: str
    connector_type: str
    subject: Subject
    node: Node
    options: Node
    connector: Any = None
    writes: DestinationKeys = field(default_factory=DestinationKeys)
    evolution: Contract | None = None
    mode_at: Place | None = None
    used: bool = False

    @property
    def model(self) -> type[Options] | None:
        return None if self.connector is None else self.connector.options_model

    @property
    def spec(self) -> DestinationSpec | None:
        return None if self.connector is None else self.connector.spec

    def takes(self, option: str) -> bool:
        return self.model is not None and option in known_keys(self.model)


def read_endpoints(kind: Kind, items: Sequence[Node], connectors: Connectors, problems: Problems) -> dict[str, Draft]:
    """The drafts of a list of entries, by name; the first of several that share a name."""
    drafts: dict[str, Draft] = {}
    for number, node in enumerate(items, start=1):
        draft = _read_endpoint(kind, number, node, connectors, problems)
        if draft is None:
            continue
        if draft.name in drafts:
            at = node.get("name") or node
            first = drafts[draft.name].node.place.line
            problems.add(at.place, f"two {kind}s have the name {shown(at)}", remedy=f"The first is in line {first}.")
        else:
            drafts[draft.name] = draft
    return drafts


def finished(
    draft: Draft, folder: Path, problems: Problems, *, query: Entry | None = None, table: Entry | None = None
) -> Endpoint | None:
    """The endpoint with valid options, or None after its problems were noted.

    A `query` or `table` takes the place of the source's own query or table.
    """
    if draft.model is None:
        return None
    options = draft.options
    given = {key: entry for key, entry in (("query", query), ("table", table)) if entry is not None}
    if given:
        replaced = {*_keys_of(draft.model, "query"), *_keys_of(draft.model, "table")}
        kept = {key: entry for key, entry in options.entries.items() if key not in replaced}
        options = replace(options, value={**kept, **given})
    paths = {key for name in draft.model.path_fields for key in _keys_of(draft.model, name)}
    _require_paths(options, paths, draft.subject, problems)
    options = anchor_paths(options, paths, folder)
    also = _IDENTITY | (WRITE_KEYS | SCHEMA_KEYS if draft.kind == "destination" else frozenset())
    valid = validated(draft.model, options, draft.subject, problems, also_known=also)
    if valid is None:
        return None
    place = f"{problems.file}:{draft.node.place.line}:{draft.node.place.column}"
    return Endpoint(draft.name, ALIASES.get(draft.connector_type, draft.connector_type), valid, place)


def _keys_of(model: type[Options], name: str) -> tuple[str, ...]:
    named = field_of(model, name)
    return spellings(*named) if named else ()


def _require_paths(options: Node, keys: set[str], subject: Subject, problems: Problems) -> None:
    for key in keys & options.entries.keys():
        for leaf in leaves(options.entries[key].node):
            if isinstance(leaf.value, str) and "\0" in leaf.value:
                problems.add(leaf.place, f"{subject.key(key)} cannot hold a NUL character")


def _read_endpoint(kind: Kind, number: int, node: Node, connectors: Connectors, problems: Problems) -> Draft | None:
    anonymous = Subject(f"{kind} number {number}", "option")
    if not isinstance(node.value, dict):
        problems.add(node.place, f"{anonymous.label} must be a mapping with a name and a type, not {shown(node)}")
        return None
    name = required_text(node, "name", anonymous, problems)
    typed = node.get("type")
    label = f"{kind} {shown(node.entries['name'].node)}" if name else anonymous.label
    subject = Subject(f"{label} ({shown(typed).strip(chr(34))})" if typed and typed.value else label, "option")
    kind_of = required_text(node, "type", subject, problems)
    connector = None if kind_of is None else _connector(kind, kind_of, node.entries["type"].node, connectors, problems)
    flat = Node(dict(_flattened(node, subject, problems)), node.place)
    taken = known_keys(connector.options_model) if connector else ()
    flat = settle(kind, flat, subject, problems, taken=taken)
    writes: DestinationKeys | None = DestinationKeys()
    mode_at = evolution = None
    if kind == "destination":
        ours = WRITE_KEYS | (SCHEMA_KEYS - frozenset(taken))
        own = {key: entry for key, entry in flat.entries.items() if key in ours}
        flat = replace(flat, value={key: entry for key, entry in flat.entries.items() if key not in ours})
        mode_at = next(
            (own[key].node.place for key in spellings("mode", DestinationKeys.model_fields["mode"]) if key in own), None
        )
        keys = replace(node, value=own)
        writes = validated(DestinationKeys, keys, Subject(subject.label), problems)
        evolution = declared_evolution(keys, Subject(subject.label), problems)
    if name is None:
        return None
    writes = writes or DestinationKeys()
    return Draft(kind, name, kind_of or "", subject, node, flat, connector, writes, evolution, mode_at)


def _flattened(node: Node, subject: Subject, problems: Problems) -> Iterator[tuple[str, Entry]]:
    """Options that stand beside name and type, and those in a nested `config:` block as Conduit 1.0 has them."""
    beside = {key: entry for key, entry in node.entries.items() if key not in _IDENTITY}
    yield from beside.items()
    nested = node.get("config")
    if nested is None or nested.value is None:
        return
    if not isinstance(nested.value, dict):
        problems.add(nested.place, f"{subject.key('config')} must be a mapping of options, not {shown(nested)}")
        return
    for key, entry in nested.entries.items():
        if key in beside:
            line = beside[key].place.line
            problems.add(entry.place, f"{subject.key(key)} is given twice", remedy=f"It stands in line {line} already.")
        else:
            yield key, entry


def required_text(node: Node, key: str, subject: Subject, problems: Problems) -> str | None:
    """The text of a key that must be there; None after the problem was noted."""
    found = node.get(key)
    if found is None or found.value is None or found.value == "":
        if found is None or found.origin != "missing":
            problems.add(found.place if found else node.place, f"{subject.label} needs {quoted(key)}")
        return None
    if not isinstance(found.value, str):
        remedy = "" if isinstance(found.value, (tuple, dict)) else "Put it in quotes."
        problems.add(found.place, f"{subject.key(key)} must be text, not {shown(found)}", remedy=remedy)
        return None
    return None if found.origin == "missing" else found.value


def _connector(kind: Kind, name: str, at: Node, connectors: Connectors, problems: Problems) -> Any:
    try:
        return connectors.source_class(name) if kind == "source" else connectors.destination_class(name)
    except UnknownName:
        # All names are asked for only now: those of third parties have to be looked for in every installed package.
        names = connectors.source_names() if kind == "source" else connectors.destination_names()
        nearest, remedy = suggestion(at, names)
        problems.add(at.place, f"there is no {kind} of type {shown(at)}", nearest=nearest, remedy=remedy)
    except ConduitError as failed:
        problems.add(at.place, failed.message, remedy=failed.remedy)
    except Exception as failed:
        # A third party's module may fail in any way; that is a problem of this line and not of Conduit.
        problems.add(at.place, f"the connector {shown(at)} cannot be loaded: {type(failed).__name__}")
    return None
