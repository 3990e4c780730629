"""Connectors on a terminal: the list of all, and the page of one."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from conduit.cli.connectors import ConnectorDescription, Side
from conduit.cli.format import printable
from conduit.cli.options import OptionDescription
from conduit.cli.table import Column, pad, table_lines
from conduit.cli.terminal import Terminal

_LONGEST_VALUE = 28


def list_lines(connectors: Sequence[ConnectorDescription], terminal: Terminal) -> Iterator[str]:
    """One line per connector."""
    columns = [Column("connector"), Column("source"), Column("destination"), Column("what it is")]
    rows = [
        [c.name, "yes" if c.source else "-", "yes" if c.destination else "-", c.summary or c.missing]
        for c in connectors
    ]
    lines = table_lines(columns, rows, paint_heading=lambda text: terminal.paint(text, "dim"), width=terminal.width)
    yield from map(terminal.spell, lines)
    yield ""
    yield "Options of one: conduit connectors show NAME"


def page_lines(connector: ConnectorDescription, terminal: Terminal) -> Iterator[str]:
    """Everything about one connector, ending in YAML that can be copied."""
    yield terminal.paint(connector.name, "bold") + (f"  {connector.summary}" if connector.summary else "")
    if connector.aliases:
        yield f"Also written {', '.join(connector.aliases)}."
    if connector.missing:
        yield f"Its driver is not installed: {connector.missing}"
    for role, key, side in (
        ("As a source", "sources", connector.source),
        ("As a destination", "destinations", connector.destination),
    ):
        if side is not None:
            yield ""
            yield terminal.paint(role, "bold")
            yield from _side(side, terminal)
            yield ""
            yield from (terminal.paint(f"    {line}", "accent") for line in _snippet(connector.name, key, side))


def _side(side: Side, terminal: Terminal) -> Iterator[str]:
    claims = {_CLAIMS[name][0]: _CLAIMS[name][1](value) for name, value in side.claims.items() if value is not None}
    widest = max(map(len, claims))
    for name, value in claims.items():
        yield f"  {terminal.paint(pad(name, widest), 'dim')}  {value}"
    yield ""
    if not side.options:
        yield "  It has no options."
        return
    columns = [Column("option"), Column("type"), Column("default"), Column("description")]
    rows = [[o.name, _cut(o.type), _default(o), _about(o)] for o in side.options]
    indented = Terminal(terminal.colour, terminal.live, terminal.unicode, max(terminal.width - 2, 1))
    for line in _options(columns, rows, indented):
        yield f"  {terminal.spell(line)}".rstrip()


def _options(columns: Sequence[Column], rows: Sequence[Sequence[str]], terminal: Terminal) -> Iterator[str]:
    """A table where 30 columns are left for the descriptions, otherwise one block per option."""
    lines = list(
        table_lines(columns, rows, paint_heading=lambda text: terminal.paint(text, "dim"), width=terminal.width)
    )
    if max(map(len, lines[1:])) <= terminal.width:
        yield from lines
        return
    for name, kind, default, about in rows:
        yield f"{terminal.paint(name, 'bold')}  {kind}, {default if default == 'required' else f'default {default}'}"
        yield from (f"    {line}" for line in textwrap.wrap(about, max(terminal.width - 4, 20)))


def _sentence(text: str) -> str:
    return f"{text}." if text and text[-1] not in ".?!`" else text


def _default(option: OptionDescription) -> str:
    return "required" if option.required else "-" if option.default is None else _cut(_value(option.default))


def _about(option: OptionDescription) -> str:
    """Description, all choices, limits, example and other spellings in a few sentences."""
    parts = [_sentence(option.description)]
    if _cut(option.type) != option.type:
        parts.append(f"One of: {option.type}.")
    if option.limits:
        parts.append(f"{', '.join(option.limits).capitalize()}.")
    if option.example is not None:
        parts.append(f"Example: {_value(option.example)}")
    if option.aliases:
        parts.append(f"(also: {', '.join(option.aliases)})")
    return printable(" ".join(part for part in parts if part))


def _snippet(name: str, key: str, side: Side) -> Iterator[str]:
    yield f"{key}:"
    yield f"  - name: my_{name}"
    yield f"    type: {name}"
    for option in side.options:
        if option.required:
            yield f"    {option.name}: {_value('...' if option.example is None else option.example)}"


def _value(value: Any) -> str:
    """A JSON value as YAML would have it on one line; text that is plain needs no quotes."""
    if isinstance(value, str) and value.strip() == value and value and value.isprintable() and ": " not in value:
        plain = value[0].isalnum() or value[0] in "./~"
        if plain and value.lower() not in ("true", "false", "null", "yes", "no", "on", "off"):
            return value
    return json.dumps(value, ensure_ascii=False)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def _yes_no(value: Any) -> str:
    return "yes" if value else "no"


def _listed(value: Any) -> str:
    return ", ".join(value) or "nothing"


def _visibility(value: Any) -> str:
    return "nothing: row by row" if value == "none" else str(value)


_CLAIMS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "resume": ("resumes where it stopped", _yes_no),
    "absorbs": ("applies itself", _listed),
    "modes": ("write modes", _listed),
    "commit": ("becomes visible by", _visibility),
    "remembers": ("knows its commits after a crash", _yes_no),
    "extra": ("extra", str),
}
