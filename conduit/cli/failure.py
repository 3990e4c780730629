"""Errors for people: code, place, message and remedy on stderr, a traceback only when asked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from conduit.cli.format import printable
from conduit.cli.streams import write_lines
from conduit.cli.terminal import Terminal, look_at
from conduit.errors import ConduitError


@dataclass(frozen=True, slots=True)
class Explanation:
    """An exception in the parts that a person reads."""

    code: str
    message: str
    place: str = ""
    remedy: str = ""
    problems: tuple[str, ...] = ()


def explain(error: BaseException) -> Explanation:
    """The parts of any exception; one that Conduit did not raise on purpose is named by its type."""
    if isinstance(error, ConduitError):
        return Explanation(error.code, error.message, error.place, error.remedy, error.problems)
    return Explanation(
        ConduitError.code,
        f"Unexpected {type(error).__name__}: {error}".removesuffix(": "),
        remedy="Run again with --debug for the traceback, and please report it.",
    )


def failure_lines(error: BaseException, terminal: Terminal, label: str = "") -> Iterator[str]:
    """One error as lines, starting with a cross; `label` names the resource it belongs to."""
    return explanation_lines(explain(error), terminal, label)


def explanation_lines(told: Explanation, terminal: Terminal, label: str = "") -> Iterator[str]:
    """The same for an error that is known in its parts."""
    head = " ".join(part for part in (label, told.code) if part)
    place = f"{printable(told.place)}: " if told.place not in ("", label) else ""
    first, *rest = f"{place}{printable(told.message)}".splitlines() or [""]
    yield f"{terminal.paint(terminal.spell('✗'), 'bad')} {terminal.paint(head, 'bold')}  {first}"
    for text in (*rest, *(line for problem in told.problems for line in printable(problem).splitlines())):
        yield f"    {text}"
    if told.remedy:
        arrow, *more = printable(told.remedy).splitlines()
        yield f"  {terminal.paint(terminal.spell('→'), 'accent')} {arrow}"
        yield from (f"    {text}" for text in more)


def report_failure(error: BaseException, *, debug: bool) -> int:
    """Print the error on stderr and give the exit code that it stands for."""
    if debug:
        write_traceback(error)
    if isinstance(error, KeyboardInterrupt):
        write_lines(sys.stderr, ["Interrupted."])
        return 130
    write_lines(sys.stderr, failure_lines(error, look_at(sys.stderr, os.environ)))
    return error.exit_code if isinstance(error, ConduitError) else 1


def write_traceback(error: BaseException) -> None:
    import traceback

    write_lines(sys.stderr, "".join(traceback.format_exception(error)).splitlines())
