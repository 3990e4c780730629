"""Finding where the elements of a JSON array end without parsing them: quotes, brackets and commas are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_QUOTE, _BACKSLASH, _COMMA, _NEWLINE, _SPACE = ord('"'), ord("\\"), ord(","), ord("\n"), ord(" ")
_STEPS = np.zeros(256, np.int8)
_STEPS[[ord("{"), ord("[")]] = 1
_STEPS[[ord("}"), ord("]")]] = -1
_MATTERS = np.zeros(256, np.bool_)
_MATTERS[[ord(char) for char in '"{}[],\n']] = True


def split_elements(text: bytes) -> tuple[bytes, int, int, bool]:
    """The elements at the beginning of `text`, which stands inside of an array: as lines, one element each.

    Returns the lines, how many bytes of `text` they take with the comma or the bracket behind them, how many elements
    they are, and whether the array ends with them. Lines and elements have the same offsets: a comma between elements
    becomes a newline, a newline between tokens a space. An element that is not complete is left for later.
    """
    data = np.frombuffer(text, np.uint8)
    at = np.flatnonzero(_MATTERS[data])
    chars = data[at]
    quotes = chars == _QUOTE
    if b"\\" in text:
        quotes[quotes] = ~_escaped(data, at[quotes])
    outside = (np.cumsum(quotes) & 1 == 0) & (chars != _QUOTE)
    at, chars = at[outside], chars[outside]
    depth = np.cumsum(_STEPS[chars], dtype=np.int32)
    ends = np.flatnonzero(depth < 0)
    closed = len(ends) > 0
    if closed:
        at, chars, depth = at[: ends[0] + 1], chars[: ends[0] + 1], depth[: ends[0] + 1]
    commas = at[(chars == _COMMA) & (depth == 0)]
    used = int(at[-1] if closed else commas[-1] if len(commas) else -1) + 1
    lines = data[:used].copy()
    lines[at[(chars == _NEWLINE) & (at < used)]] = _SPACE
    lines[commas] = _NEWLINE
    if closed:
        lines[-1] = _NEWLINE
    return lines.tobytes(), used, len(commas) + closed, closed


def _escaped(data: NDArray[Any], quotes: NDArray[Any]) -> NDArray[Any]:
    """Which of the quotes stand behind an odd number of backslashes."""
    escaped = np.zeros(len(quotes), np.bool_)
    candidates = np.flatnonzero((quotes > 0) & (data[quotes - 1] == _BACKSLASH))
    if len(candidates):
        slashes = np.flatnonzero(data == _BACKSLASH)
        begins = np.flatnonzero(np.diff(slashes, prepend=-2) > 1)
        last = np.searchsorted(slashes, quotes[candidates] - 1)
        run = np.searchsorted(begins, last, side="right") - 1
        escaped[candidates] = (last - begins[run]) % 2 == 0
    return escaped
