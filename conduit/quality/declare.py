"""A check from its keys, as Python declares it: the model of its kind, and an error that names what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from conduit.errors import ConfigError, nearest_name
from conduit.quality.custom import custom_model, custom_names
from conduit.quality.model import AnyCheck, built_in_checks


def declared_check(keys: Mapping[str, Any]) -> AnyCheck:
    """The check that `keys["check"]` names, built in or custom. Raises ConfigError with every problem of its keys."""
    name, built_in = keys["check"], built_in_checks()
    model: Any = built_in.get(name) or custom_model(name)
    if model is None:
        known = [*built_in, *custom_names()]
        near = nearest_name(name, known)
        remedy = f"Did you mean {near!r}?" if near else f"Known: {', '.join(known)}."
        raise ConfigError(f"The check {name!r} cannot be built: there is none of that name.", remedy=remedy)
    try:
        check: AnyCheck = model.model_validate(dict(keys))
    except ValidationError as wrong:
        problems = [_said(error, model) for error in wrong.errors(include_url=False, include_input=False)]
        raise ConfigError(f"The check {name!r} cannot be built.", problems=problems) from None
    return check


def _said(error: Any, model: type[BaseModel]) -> str:
    where = ".".join(str(part) for part in error["loc"]) or "check"
    if error["type"] != "extra_forbidden":
        return f"{where}: {error['msg']}"
    near = nearest_name(where, [name.removesuffix("_") for name in model.model_fields])
    return f"{where}: there is no such option" + (f"; did you mean {near!r}?" if near else "")
