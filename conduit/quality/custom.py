"""Checks of the user's own, by their names: functions of a column that give a Polars expression.

A function is registered by the decorator `@conduit.check("name")`, or found through the entry point group
`conduit.checks`. Each gets a model made of its signature, so that its parameters are validated like any other key.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_type_hints

from pydantic import AliasChoices, Field, create_model

from conduit.errors import ConfigError
from conduit.quality.model import CustomCheck, OpenCustomCheck, built_in_checks

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    import polars as pl

F = TypeVar("F", bound="Callable[..., pl.Expr]")

_GROUP = "conduit.checks"
_registered: dict[str, type[CustomCheck]] = {}


def check(name: str) -> Callable[[F], F]:
    """Register a function as the check `name`: it takes the column, as an expression, and its parameters by keyword.

    The expression that it gives is true where a row passes; where it is NULL the row passes too. Registering a name
    again replaces the function. Raises ConfigError for the name of a built-in check, and for a signature that
    cannot be called so.
    """

    def registered(function: F) -> F:
        _registered[name] = _model_of(name, function)
        return function

    return registered


def custom_model(name: str) -> type[CustomCheck] | None:
    """The model of a custom check; None when there is none of that name. Raises ConfigError for one that is broken."""
    if name not in _registered and name in _plugged():
        _registered[name] = _model_of(name, _loaded(name, _plugged()[name]))
    return _registered.get(name)


def custom_names() -> list[str]:
    """The names of all custom checks, sorted."""
    return sorted({*_registered, *_plugged()})


def is_plugged(name: str) -> bool:
    """Whether an installed package brings the check, so that it is known without being imported by name."""
    return name in _plugged()


@cache
def _plugged() -> dict[str, EntryPoint]:
    """Looking for entry points reads all installed packages, so it is done only when a name is not known."""
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group=_GROUP)}


def _loaded(name: str, point: EntryPoint) -> Callable[..., pl.Expr]:
    try:
        function: Callable[..., pl.Expr] = point.load()
    except Exception as failed:
        raise ConfigError(
            f"The check {name!r} cannot be loaded from {point.value}: {type(failed).__name__}: {failed}."
        ) from failed
    return function


def _model_of(name: str, function: Callable[..., pl.Expr]) -> type[CustomCheck]:
    if name in built_in_checks():
        raise ConfigError(f"{name!r} is a check of Conduit's own.", remedy="Give yours another name.")
    if not callable(function):
        raise ConfigError(f"The check {name!r} is a {type(function).__name__}, not a function of a column.")
    parameters = list(inspect.signature(function).parameters.values())
    others = parameters[1:]
    if not parameters or parameters[0].kind in (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD):
        raise ConfigError(f"The check {name!r} takes no column.", remedy="Its first parameter is the column.")
    fields: dict[str, Any] = {"check": (Literal[name], name)}
    for parameter in others:
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            fields[f"{parameter.name}_"] = _field(name, function, parameter)
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in others)
    model = create_model(f"{name}_check", __base__=OpenCustomCheck if takes_any else CustomCheck, **fields)
    model.__doc__ = inspect.getdoc(function) or CustomCheck.__doc__
    model.function = function
    return model


def _field(owner: str, function: Callable[..., pl.Expr], parameter: inspect.Parameter) -> tuple[Any, Any]:
    name = parameter.name
    if name in CustomCheck.model_fields or name.startswith("_") or parameter.kind is parameter.POSITIONAL_ONLY:
        raise ConfigError(
            f"The check {owner!r} cannot have a parameter {name!r}.",
            remedy="Its parameters are given by keyword, and these names are taken: "
            f"{', '.join(CustomCheck.model_fields)}.",
        )
    default = ... if parameter.default is parameter.empty else parameter.default
    return _annotation(function, parameter), Field(default, validation_alias=AliasChoices(name))


def _annotation(function: Callable[..., pl.Expr], parameter: inspect.Parameter) -> Any:
    """The parameter's type; any, where it has none or one that only a type checker could find."""
    if parameter.annotation is parameter.empty:
        return Any
    alone = SimpleNamespace(__annotations__={parameter.name: parameter.annotation})
    try:
        return get_type_hints(alone, getattr(function, "__globals__", {}))[parameter.name]
    except (NameError, TypeError):
        return Any
