"""The keys that a field of a model goes by: its name, and the older or foreign spellings that mean the same."""

from __future__ import annotations

from pydantic import AliasChoices, BaseModel
from pydantic.fields import FieldInfo


def spellings(name: str, field: FieldInfo) -> tuple[str, ...]:
    """Every key that means this field, the one that pydantic takes first."""
    alias = field.validation_alias
    if isinstance(alias, AliasChoices):
        others = [choice for choice in alias.choices if isinstance(choice, str)]
    else:
        others = [alias] if isinstance(alias, str) else []
    return tuple(dict.fromkeys([*others, name]))


def shown_name(name: str, field: FieldInfo) -> str:
    """The spelling to offer and to write: the field's own, or its alias when its own only avoids a Python name."""
    return spellings(name, field)[0] if name.endswith("_") else name


def known_keys(model: type[BaseModel]) -> set[str]:
    """Every key that a model accepts."""
    return {key for name, field in model.model_fields.items() for key in spellings(name, field)}


def field_of(model: type[BaseModel], key: str) -> tuple[str, FieldInfo] | None:
    """The field that a key means, with its name; None when the model has none."""
    for name, field in model.model_fields.items():
        if key in spellings(name, field):
            return name, field
    return None
