"""The `--debug` flag, understood before and after a command's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

_KEY = "conduit.debug"


def debug_option(command: F) -> F:
    """Give a command the flag; its value is kept in the context and not passed as a parameter."""
    return click.option(
        "--debug",
        is_flag=True,
        expose_value=False,
        callback=_remember,
        help="Show the traceback of an error.",
    )(command)


def debugging(ctx: click.Context) -> bool:
    """Was the flag given, on this command or on one around it?"""
    return bool(ctx.meta.get(_KEY))


def _remember(ctx: click.Context, parameter: click.Parameter, given: bool) -> None:
    if given:
        ctx.meta[_KEY] = True
