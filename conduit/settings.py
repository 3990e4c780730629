"""What a load from Python may be told besides where it goes: the settings of a resource, as a file spells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast, get_args

from conduit.config.contracts import contract_from_python
from conduit.config.profile import declared_profile
from conduit.config.project import Resource
from conduit.core.spec import OnTypeError, WriteMode
from conduit.errors import UnknownName
from conduit.schema.naming import Naming

_OF_THE_SCHEMA = ("schema_evolution", "contract", "validate_schema", "strict_validation", "required_columns")
SETTINGS = ("profile", "on_type_error", *_OF_THE_SCHEMA, "naming")


def with_settings(resource: Resource, settings: Mapping[str, Any]) -> Resource:
    """The resource with the settings changed that are not None. Raises ConfigError or UnknownName for wrong ones."""
    given = {name: value for name, value in settings.items() if value is not None}
    if "profile" in given:
        resource = replace(resource, profile=declared_profile(given["profile"]))
    if "on_type_error" in given:
        action = _among("on_type_error", given["on_type_error"], get_args(OnTypeError))
        resource = replace(resource, on_type_error=cast("OnTypeError", action))
    if "naming" in given:
        naming = _among("naming", given["naming"], get_args(Naming))
        resource = replace(resource, naming=cast("Naming", naming))
    contract = {name: given[name] for name in _OF_THE_SCHEMA if name in given}
    return replace(resource, contract=contract_from_python(contract, resource.contract)) if contract else resource


def write_mode(mode: str | None) -> WriteMode | None:
    """The write mode of that name. Raises UnknownName."""
    try:
        return None if mode is None else WriteMode(mode)
    except ValueError:
        raise UnknownName.among("write mode", str(mode), [known.value for known in WriteMode]) from None


def _among(setting: str, word: Any, known: tuple[str, ...]) -> str:
    if word not in known:
        raise UnknownName.among(setting, str(word), known)
    return str(word)
