"""A project -> YAML that loads as the same project; only what differs from the defaults, and never a secret."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import BaseModel, SecretBytes, SecretStr

from conduit.config.contracts import contract_keys
from conduit.config.environment import escaped
from conduit.config.problems import quoted
from conduit.config.project import DEFAULT_MEMORY, DlqSettings, Endpoint, Project, Resource
from conduit.config.render_checks import plugins_of, referenced_by
from conduit.config.secrecy import holds_password, secret_name, secret_type
from conduit.config.sizes import size_text
from conduit.config.spelling import shown_name
from conduit.config.yaml_text import CORE_TYPES, TAG
from conduit.core.position import Json
from conduit.errors import UsageError
from conduit.quality.profile.settings import ProfileSettings

if TYPE_CHECKING:
    from conduit.quality.model import AnyCheck

_Options = dict[str, Json]


def project_to_yaml(project: Project) -> str:
    """The configuration of a project, paths as absolute as they are in it.

    A secret becomes `${NAME}`, made of the names of its source or destination and of its option: set that variable
    before loading.
    """
    plugins = dict.fromkeys((*project.plugins, *plugins_of(project.resources)))
    return _dump(_settings(project) | _plugins(plugins) | _lists(project.resources))


def resource_to_yaml(resource: Resource) -> str:
    """A configuration with one resource, its source and its destination; secrets as in `project_to_yaml`."""
    return _dump(_plugins(plugins_of([resource])) | _lists([resource]))


def _settings(project: Project) -> _Options:
    settings: _Options = {}
    if project.memory != DEFAULT_MEMORY:
        settings["memory"] = size_text(project.memory)
    if project.jobs is not None:
        settings["jobs"] = project.jobs
    if project.state_dir != project.directory / ".conduit":
        settings["state_dir"] = escaped(str(project.state_dir))
    return settings


def _lists(resources: Sequence[Resource]) -> _Options:
    sources, destinations = _Declared(), _Declared()
    # A query on a resource takes the place of its source's table, so the sources with a table are declared first.
    asked = {id(r): _options(r.source).pop("query", None) for r in resources}
    for resource in sorted(resources, key=lambda r: asked[id(r)] is not None):
        options = _options(resource.source)
        options.pop("query", None)
        sources.declare(resource.source, options, or_with="table" if asked[id(resource)] is not None else None)
        for there in referenced_by(resource):
            sources.declare(there, _options(there))
        for destination in (resource.destination, resource.dlq.destination):
            if destination is not None:
                destinations.declare(destination, _options(destination))
    entries: list[Json] = []
    for resource in resources:
        ends = (sources.names[id(resource.source)], destinations.names[id(resource.destination)])
        kept = resource.dlq.destination
        checks = [_check(check, sources.names) for check in resource.checks]
        rejects = _dlq(resource.dlq, None if kept is None else destinations.names[id(kept)])
        entries.append(_resource(resource, *ends, asked[id(resource)], checks) | ({"dlq": rejects} if rejects else {}))
    return {"sources": sources.entries(), "destinations": destinations.entries(), "resources": entries}


@dataclass
class _Declared:
    """Entries of one list; endpoints that share a name but not their options get names of their own."""

    by_name: dict[str, tuple[str, _Options]] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)

    def declare(self, endpoint: Endpoint, options: _Options, or_with: str | None = None) -> None:
        name, number = endpoint.name, 1
        while name in self.by_name and not self._same(self.by_name[name], endpoint.type, options, or_with):
            number += 1
            name = f"{endpoint.name}_{number}"
        self.by_name.setdefault(name, (endpoint.type, options))
        self.names[id(endpoint)] = name

    @staticmethod
    def _same(there: tuple[str, _Options], kind: str, options: _Options, or_with: str | None) -> bool:
        kept = {key: value for key, value in there[1].items() if key != or_with}
        return there[0] == kind and options in (there[1], kept)

    def entries(self) -> list[Json]:
        return [
            {"name": escaped(name), "type": kind, **_placed(options)} for name, (kind, options) in self.by_name.items()
        ]


def _placed(options: _Options) -> _Options:
    """Options stand beside name and type, except those that would be taken for something else there."""
    taken = {"name", "type", "config"} & options.keys()
    beside = {key: value for key, value in options.items() if key not in taken}
    return beside | ({"config": {key: options[key] for key in sorted(taken)}} if taken else {})


def _plugins(names: Iterable[str]) -> _Options:
    listed: list[Json] = [escaped(name) for name in names]
    return {"plugins": listed} if listed else {}


def _resource(resource: Resource, source: str, destination: str, query: Json, checks: list[_Options]) -> _Options:
    given: _Options = {"name": escaped(resource.name), "source": escaped(source), "destination": escaped(destination)}
    optional: dict[str, Any] = {
        "query": query,
        "description": _value(resource.description),
        "table": _value(resource.table),
        "mode": _value(resource.mode),
        "unique_key": _value(resource.keys),
        "update_columns": _value(resource.update_columns),
        "columns": _value(resource.columns),
        "rename": _value(resource.rename),
        "cast": _value(resource.cast),
        "filter": _value(resource.filter),
        "limit": resource.limit,
        "quality_checks": checks,
        "max_failures": resource.max_failures,
        "max_failure_rate": resource.max_failure_rate,
        "profile": _profile(resource.profile),
        "on_reject": None if resource.on_reject == "dlq" else resource.on_reject,
        "on_type_error": None if resource.on_type_error == "dlq" else resource.on_type_error,
        **{key: _value(value) for key, value in contract_keys(resource.contract).items()},
        "naming": None if resource.naming == "preserve" else resource.naming,
        "depends_on": _value(resource.depends_on),
        "tags": _value(resource.tags),
    }
    return given | {key: value for key, value in optional.items() if value is not None and value not in ("", [], {})}


def _check(check: AnyCheck, sources: Mapping[int, str]) -> _Options:
    model = type(check)
    changed = {shown_name(name, model.model_fields[name]): value for name, value in _changed(check).items()}
    changed |= check.model_extra or {}
    if isinstance(there := changed.get("source"), Endpoint):
        changed["source"] = sources[id(there)]
    # `check` never differs from its default, and it is what tells the kinds apart; people write it after the column.
    key = next((key for key in ("column", "columns") if key in changed), None)
    column = {"column": changed.pop(key)} if key else {}
    ordered = column | {"check": getattr(check, "check", None)} | changed
    return {name: _value(value) for name, value in ordered.items()}


def _profile(settings: ProfileSettings | None) -> _Options | bool | None:
    if settings is None:
        return False
    plain = ProfileSettings()
    sample_rows: _Options = {} if settings.sample_rows == plain.sample_rows else {"sample_rows": settings.sample_rows}
    return sample_rows | ({"mask": _value(settings.mask)} if settings.mask else {}) or None


def _dlq(settings: DlqSettings, destination: str | None) -> _Options:
    plain = DlqSettings()
    return {
        part.name: _value(destination if part.name == "destination" else getattr(settings, part.name))
        for part in fields(settings)
        if getattr(settings, part.name) != getattr(plain, part.name)
    }


def _options(endpoint: Endpoint) -> _Options:
    model = type(endpoint.options)
    changed = _changed(endpoint.options)
    return {
        shown_name(name, model.model_fields[name]): _value(
            value, (endpoint.name, name), secret_name(name) or secret_type(model.model_fields[name].annotation)
        )
        for name, value in changed.items()
    }


def _changed(model: BaseModel) -> dict[str, Any]:
    """The fields that differ from their defaults. Equality is not enough: 1 == True, and they are not the same."""
    kinds = type(model).model_fields
    pairs = {name: (getattr(model, name), kinds[name].get_default(call_default_factory=True)) for name in kinds}
    required = {name for name in kinds if kinds[name].is_required()}
    return {
        name: value
        for name, (value, default) in pairs.items()
        if name in required or type(value) is not type(default) or value != default
    }


def _value(value: Any, path: tuple[str, ...] = (), secret: bool = False) -> Json:
    match value:
        case SecretStr() | SecretBytes():
            return _placeholder(path)
        case None | bool():
            return value
        case Enum():
            return _value(value.value, path, secret)
        case int() | float() | str() | Decimal() | PurePath() if secret:
            return _placeholder(path)
        case int() | float():
            return value
        case str():
            return _placeholder(path) if path and holds_password(value) else escaped(value)
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case Decimal():
            return float(value) if Decimal(repr(float(value))) == value else str(value)
        case BaseModel():
            kinds = type(value).model_fields
            return {
                shown_name(key, kinds[key]): _value(inner, (*path, key), secret or secret_name(key))
                for key, inner in _changed(value).items()
            }
        case Mapping():
            return {
                str(key): _value(inner, (*path, str(key)), secret or secret_name(str(key)))
                for key, inner in value.items()
            }
        case tuple() | list():
            return [_value(item, (*path, str(number)), secret) for number, item in enumerate(value, start=1)]
        case set() | frozenset():
            return sorted((_value(item, path, secret) for item in value), key=str)
        case _:
            name = quoted(path[-1]) if path else "a setting"
            raise UsageError(
                f"{name} holds an object of Python ({type(value).__name__}), which a file cannot.",
                remedy="Read from a path, a URL or a table instead.",
            )


def _placeholder(path: tuple[str, ...]) -> str:
    name = re.sub(r"[^A-Za-z0-9]+", "_", "_".join(path)).strip("_").upper()
    return f"${{{'_' if name[:1].isdigit() else ''}{name or 'SECRET'}}}"


class _Dumper(yaml.SafeDumper):
    """Quotes what either YAML 1.1 or 1.2 would read as anything but text."""


for _name, (_pattern, _first) in CORE_TYPES.items():
    _Dumper.add_implicit_resolver(TAG + _name, _pattern, _first)


def _dump(content: _Options) -> str:
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
