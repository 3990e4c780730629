"""Entries of `resources:` -> resources, joined to their source and destination."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conduit.config.contracts import contract_of, declared_evolution
from conduit.config.endpoints import Draft, finished
from conduit.config.legacy import settle
from conduit.config.models import ResourceKeys
from conduit.config.problems import Problems, Subject, quoted
from conduit.config.profile import profile_settings
from conduit.config.project import DlqSettings, Endpoint, Resource
from conduit.config.rejects import reject_settings
from conduit.config.secrecy import shown
from conduit.config.spelling import spellings
from conduit.config.suggestion import suggestion
from conduit.config.tree import Entry, Node, Place
from conduit.config.validation import validated
from conduit.core.spec import Commit, WriteMode
from conduit.errors import UnknownName
from conduit.schema.contract import Contract

if TYPE_CHECKING:
    from conduit.quality.model import AnyCheck

_NEED_KEYS = frozenset({WriteMode.UPSERT, WriteMode.INSERT_ONLY, WriteMode.DELETE_INSERT, WriteMode.SCD2})
_NO_QUERY = frozenset({"", "n/a"})


@dataclass(frozen=True, slots=True)
class Declared:
    """What a resource may refer to, and the settings that it inherits."""

    sources: Mapping[str, Draft]
    destinations: Mapping[str, Draft]
    dlq: DlqSettings
    folder: Path
    problems: Problems
    finished: dict[tuple[str, str, str | None, str | None], Endpoint | None] = field(default_factory=dict)

    def endpoint(self, draft: Draft, query: Entry | None = None, table: Entry | None = None) -> Endpoint | None:
        """The endpoint of a draft, validated once for each query or table that replaces its own."""
        draft.used = True
        asked, other = (None if entry is None else str(entry.node.value) for entry in (query, table))
        key = (draft.kind, draft.name, asked, other)
        if key not in self.finished:
            self.finished[key] = finished(draft, self.folder, self.problems, query=query, table=table)
        return self.finished[key]


def read_resource(number: int, node: Node, declared: Declared) -> tuple[Resource | None, str | None]:
    """The resource, None after its problems were noted, and its name where that much is known."""
    problems = declared.problems
    anonymous = Subject(f"resource number {number}")
    if not isinstance(node.value, dict):
        problems.add(node.place, f"{anonymous.label} must be a mapping, not {shown(node)}")
        return None, None
    name = node.get("name")
    named = name is not None and isinstance(name.value, str) and name.value != ""
    subject = Subject(f"resource {shown(name)}") if name is not None and named else anonymous
    node = settle("resource", node, subject, problems)
    before = len(problems)
    keys = validated(ResourceKeys, node, subject, problems)
    at = _Written(node)
    evolution = declared_evolution(node, subject, problems)
    checks = _checks(at.node("checks"), subject, declared)
    _require_types(at.node("cast"), subject, problems)
    _require_a_word(at.node("on_type_error"), subject, problems)
    _require_distinct_names(at.node("rename"), subject, problems)
    source = _draft(node, "source", declared.sources, subject, problems)
    destination = _draft(node, "destination", declared.destinations, subject, problems)
    from_ = _source_endpoint(source, at.entry("query"), subject, declared) if source else None
    to = declared.endpoint(destination) if destination else None
    if keys is not None and destination is not None:
        _require_writable(keys, destination, at, subject, problems)
    dlq = reject_settings(keys.dlq if keys else None, at.node("dlq"), subject, declared.dlq, declared)
    known_name = str(name.value) if name is not None and named else None
    if keys is None or from_ is None or to is None or destination is None or len(problems) > before:
        return None, known_name
    contract = contract_of((keys, evolution), (destination.writes, destination.evolution))
    return _resource(keys, from_, to, destination, checks, declared, dlq, contract, node.place), known_name


def _resource(
    keys: ResourceKeys,
    source: Endpoint,
    destination: Endpoint,
    draft: Draft,
    checks: Any,
    declared: Declared,
    dlq: DlqSettings,
    contract: Contract,
    at: Place,
) -> Resource:
    return Resource(
        name=keys.name,
        source=source,
        destination=destination,
        table=keys.table,
        mode=keys.mode or draft.writes.mode,
        keys=keys.unique_key or draft.writes.unique_key,
        update_columns=keys.update_columns or draft.writes.update_columns,
        columns=keys.columns,
        rename=keys.rename,
        cast=keys.cast,
        filter=keys.filter,
        limit=keys.limit,
        checks=checks,
        max_failures=keys.max_failures,
        max_failure_rate=keys.max_failure_rate,
        profile=profile_settings(keys.profile),
        on_reject=keys.on_reject,
        on_type_error=keys.on_type_error,
        dlq=dlq,
        contract=contract,
        naming=keys.naming or draft.writes.naming or "preserve",
        depends_on=keys.depends_on,
        tags=keys.tags,
        description=keys.description,
        place=f"{declared.problems.file}:{at.line}:{at.column}",
    )


def _checks(node: Node | None, subject: Subject, declared: Declared) -> tuple[AnyCheck, ...]:
    if node is None or not node.items:
        return ()
    # Imported here because the models of all checks take longer than many a configuration.
    from conduit.config.checks import read_checks

    return read_checks(node, subject, declared)


class _Written:
    """The keys of a resource by field, whichever spelling the file uses."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def entry(self, field_name: str) -> Entry | None:
        for key in spellings(field_name, ResourceKeys.model_fields[field_name]):
            if key in self._node.entries:
                return self._node.entries[key]
        return None

    def node(self, field_name: str) -> Node | None:
        entry = self.entry(field_name)
        return entry.node if entry else None


def _draft(node: Node, key: str, drafts: Mapping[str, Draft], subject: Subject, problems: Problems) -> Draft | None:
    at = node.get(key)
    if at is None or not isinstance(at.value, str) or at.value == "" or at.origin == "missing":
        return None  # the model has said so
    if at.value not in drafts:
        near, remedy = suggestion(at, drafts)
        problems.add(
            at.place, f"there is no {key} {shown(at)}, which {subject.label} names", nearest=near, remedy=remedy
        )
        return None
    return drafts[at.value]


def _source_endpoint(draft: Draft, query: Entry | None, subject: Subject, declared: Declared) -> Endpoint | None:
    text = query.node.value if query else None
    if query is None or not isinstance(text, str) or text.strip().lower() in _NO_QUERY:
        return declared.endpoint(draft)
    if draft.model is not None and not draft.takes("query"):
        declared.problems.add(
            query.place,
            f"{subject.key('query')} has no meaning for {draft.subject.label}, which takes no query",
            remedy="Remove it; `columns`, `filter` and `limit` shape what is read.",
        )
        return declared.endpoint(draft)
    return declared.endpoint(draft, query)


def _require_types(cast: Node | None, subject: Subject, problems: Problems) -> None:
    if cast is None or not cast.entries:
        return
    from conduit.core.types import parse_type  # brings pyarrow, which most configurations do not need

    for column, entry in cast.entries.items():
        if not isinstance(entry.node.value, str) or entry.node.origin == "missing":
            continue  # the model has said so
        try:
            parse_type(entry.node.value)
        except UnknownName as unknown:
            hidden = entry.node.origin != "file"
            problems.add(
                entry.node.place,
                f"{subject.key('cast')}: there is no type {shown(entry.node)} (column {quoted(column)})",
                remedy="" if hidden else unknown.remedy,
            )


def _require_a_word(on_type_error: Node | None, subject: Subject, problems: Problems) -> None:
    """`null` is one of its words, so a value that somebody forgot to write must not be taken for it."""
    if on_type_error is not None and on_type_error.value is None and on_type_error.written == "":
        problems.add(on_type_error.place, f"{subject.key('on_type_error')} must be one of dlq, fail, null, not empty")


def _require_distinct_names(rename: Node | None, subject: Subject, problems: Problems) -> None:
    seen: dict[str, str] = {}
    for column, entry in rename.entries.items() if rename else ():
        new = entry.node.value
        if isinstance(new, str) and seen.setdefault(new, column) != column:
            problems.add(
                entry.node.place,
                f"{subject.key('rename')} gives {quoted(column)} and {quoted(seen[new])} the same name",
                remedy="Two columns cannot have one name.",
            )


def _require_writable(keys: ResourceKeys, draft: Draft, at: _Written, subject: Subject, problems: Problems) -> None:
    """The destination must know the mode, the mode must have its keys, and a table must be something that exists."""
    mode = keys.mode or draft.writes.mode
    own = at.node("mode")
    place = own.place if own else draft.mode_at or draft.node.place
    if draft.spec is None:
        return
    if mode is not None and mode not in draft.spec.modes:
        supported = ", ".join(sorted(known.value for known in draft.spec.modes))
        problems.add(
            place,
            f"{draft.subject.label} does not support the mode {quoted(mode.value)}",
            remedy=f"It supports: {supported}.",
        )
    elif mode is not None and mode in _NEED_KEYS and not (keys.unique_key or draft.writes.unique_key):
        problems.add(
            place,
            f"{subject.label}: the mode {quoted(mode.value)} needs a key",
            remedy="Write `unique_key: [id]` on the resource or on its destination.",
        )
    table = at.entry("table")
    if keys.table and table and draft.spec.commit is Commit.RENAME and not draft.takes("table"):
        problems.add(
            table.place,
            f"{subject.key('table')} has no meaning for {draft.subject.label}, which writes files",
            remedy="Set the path on the destination.",
        )
