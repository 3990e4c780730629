"""Options are declared once, on a closed and frozen model; validation, docs, help and forms are rendered from it."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr

__all__ = ["Options", "SecretStr", "option"]


class Options(BaseModel):
    """The base of every connector's options: unknown keys are errors, values never change.

    `path_fields` names the options that hold local paths, so that config can make them relative to its file.
    """

    # Built when they are first used: a connector has two models, and a load most often needs one of them.
    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        validate_default=True,
        validate_by_name=True,
        arbitrary_types_allowed=True,
        defer_build=True,
    )

    path_fields: ClassVar[tuple[str, ...]] = ()


def option(
    default: Any = ...,
    *,
    description: str,
    example: Any = None,
    aliases: tuple[str, ...] = (),
    **limits: Any,
) -> Any:
    """A field of an options model: its description and an example are not optional for the reader.

    `aliases` are older or foreign spellings that mean the same. `limits` are pydantic's (ge, le, pattern, ...).
    """
    from pydantic import AliasChoices

    extra: dict[str, Any] = {}
    if aliases:
        extra["validation_alias"] = AliasChoices(*aliases)
    return Field(
        default,
        description=description,
        examples=None if example is None else [example],
        **extra,
        **limits,
    )
