"""An options model read back as a table: name, type, default, description, example, limits of every option."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AliasChoices, BaseModel, SecretStr
from pydantic_core import PydanticUndefined, to_jsonable_python

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

_NAMES: dict[Any, str] = {
    bool: "boolean", int: "integer", float: "number", Decimal: "number", str: "text", SecretStr: "secret",
    Path: "path", bytes: "bytes", date: "date", datetime: "timestamp", time: "time", timedelta: "duration",
    Any: "anything", type(None): "null",
}  # fmt: skip
_LIMITS = {
    "ge": "at least {}", "gt": "more than {}", "le": "at most {}", "lt": "less than {}",
    "min_length": "at least {} long", "max_length": "at most {} long", "pattern": "like {}",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class OptionDescription:
    """One option. `default` and `example` are JSON values; a required option has neither default nor None for one."""

    name: str
    type: str
    required: bool
    default: Any
    description: str
    example: Any
    aliases: tuple[str, ...]
    limits: tuple[str, ...]


def describe_options(model: type[Any]) -> tuple[OptionDescription, ...]:
    """The options of a pydantic model, required ones first, otherwise in the order of the model."""
    fields: Mapping[str, FieldInfo] = model.model_fields
    return tuple(sorted((_describe(name, field) for name, field in fields.items()), key=lambda o: not o.required))


def type_text(annotation: Any) -> str:
    """A type in the words of YAML: `integer`, `list of text`, `append | full_refresh`."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation in _NAMES:
        return _NAMES[annotation]
    if origin is Annotated:
        return type_text(arguments[0])
    if origin is Literal:
        return " | ".join(str(value) for value in arguments)
    if origin in (Union, types.UnionType):
        return " | ".join(dict.fromkeys(type_text(a) for a in arguments if a is not type(None)))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return "mapping" if arguments[1] is Any else f"mapping to {type_text(arguments[1])}"
    if isinstance(origin, type) and issubclass(origin, (Sequence, Set)):
        kinds = dict.fromkeys(type_text(a) for a in arguments if a is not Ellipsis)
        return f"list of {' | '.join(kinds)}"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return " | ".join(str(member.value) for member in annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "block"
    return getattr(annotation, "__name__", str(annotation)).lower()


def _describe(name: str, field: FieldInfo) -> OptionDescription:
    shown, *others = dict.fromkeys(_spellings(name, field))
    default = (
        None if field.is_required() else _jsonable(field.get_default(call_default_factory=True, validated_data={}))
    )
    return OptionDescription(
        name=shown,
        type=type_text(field.annotation),
        required=field.is_required(),
        default=default,
        description=field.description or "",
        example=_jsonable(field.examples[0]) if field.examples else None,
        aliases=tuple(others),
        limits=tuple(_limits(field.metadata)),
    )


def _spellings(name: str, field: FieldInfo) -> list[str]:
    """What may be written, the best first: the field's own name when it is among the choices."""
    given = field.validation_alias or field.alias
    if given is None:
        return [name]
    choices = given.choices if isinstance(given, AliasChoices) else [given]
    spelled = [choice for choice in choices if isinstance(choice, str)]
    return sorted(spelled, key=lambda choice: choice != name) or [name]


def _limits(metadata: Iterable[Any]) -> list[str]:
    found = []
    for limit in metadata:
        for attribute, wording in _LIMITS.items():
            value = getattr(limit, attribute, None)
            if value is not None and isinstance(value, (int, float, str, Decimal)):
                found.append(wording.format(value))
    return found


def _jsonable(value: Any) -> Any:
    if value is PydanticUndefined:
        return None
    return to_jsonable_python(value, fallback=str)
