"""What an output stream can show: colour, symbols, redrawing, and how wide it is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

PLAIN_WIDTH = 100

_STYLES = {"bold": "1", "dim": "2", "good": "32", "bad": "1;31", "warn": "33", "accent": "36"}
_SYMBOLS = {
    "✓": "+", "✗": "x", "!": "!", "○": "o", "→": "->", "─": "-", "·": "|", "…": "...", "⏎": "\\n",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Terminal:
    """`live` is true where lines can be redrawn; `width` is in columns."""

    colour: bool = False
    live: bool = False
    unicode: bool = True
    width: int = PLAIN_WIDTH

    def paint(self, text: str, style: str) -> str:
        """The text in a named style, or as it is where there is no colour."""
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.colour and text else text

    def spell(self, text: str) -> str:
        """The text in the symbols that the stream's encoding has."""
        if self.unicode:
            return text
        for symbol, ascii_form in _SYMBOLS.items():
            text = text.replace(symbol, ascii_form)
        return text


def look_at(stream: TextIO, environment: Mapping[str, str]) -> Terminal:
    """What `stream` can show, as NO_COLOR, CI and TERM would have it."""
    interactive = _is_terminal(stream)
    dumb = environment.get("TERM", "").lower() in ("dumb", "unknown")
    return Terminal(
        colour=interactive and not dumb and not environment.get("NO_COLOR"),
        live=interactive and not dumb and environment.get("CI", "").lower() in ("", "0", "false"),
        unicode=_can_encode(stream, "".join(_SYMBOLS)),
        width=_columns(stream, environment) if interactive else PLAIN_WIDTH,
    )


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


def _can_encode(stream: TextIO, text: str) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _columns(stream: TextIO, environment: Mapping[str, str]) -> int:
    if environment.get("COLUMNS", "").isdigit() and int(environment["COLUMNS"]) > 0:
        return int(environment["COLUMNS"])
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80
