"""What lines that one program wrote have in common: their keys, the bytes between the values, and values' lengths."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import pyarrow as pa

from conduit.connectors._lib.json_lines import REACH, Lines
from conduit.connectors._lib.json_words import Spelling

# Bytes at hand for a value: its own and a word that begins up to two bytes behind it; two such words at least.
_AROUND = 10
_LEAST = 18
_LONG = 48
# What a window must hold behind the bytes in front of a value, rounded up to a word.
_AHEAD = _LONG + _AROUND + 8

# Control characters are no part of a key, and of the bytes between tokens only where JSON takes them.
_TOKEN = re.compile(rb'([ \t\r]*[,{][ \t\r]*)"([^"\\\x00-\x1f]*)"([ \t\r]*:[ \t\r]*)("[^"]*"|[^"\s,\[\]{}]+)')
_END = re.compile(rb"[ \t\r]*\}[ \t\r]*")
_VALUE = rb'("[^"]*"|[^",\[\]{}]*)'
_TRIED = 8
_SAMPLED = 16


@dataclass(frozen=True, slots=True)
class Slot:
    """One key. `before` is what stands between the previous value and this one, to the byte; `stop` comes behind it.

    `fixed` is how long all values seem to be, as text with its quotes; None where they differ. `room` is how many bytes
    of a value are at hand in a window.
    """

    name: str
    kind: pa.DataType
    before: Spelling
    stop: int
    fixed: int | None = None
    room: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """Slots that stand at fixed distances of each other: all but the last have values of one length.

    `offsets` are those of the values from the beginning of the first slot's `before`, `width` covers all of them.
    """

    slots: tuple[Slot, ...]
    offsets: tuple[int, ...]
    width: int


@dataclass(frozen=True, slots=True)
class Shape:
    """What lines look like: groups of slots, and the `tail` that follows the last value, up to the newline."""

    groups: tuple[Group, ...]
    tail: Spelling


def find_shape(lines: Lines, known: Mapping[str, pa.DataType]) -> Shape | None:
    """The shape of the first lines that have one: flat objects of known keys, which have types, each of them once."""
    for line in range(min(len(lines), _TRIED)):
        found = _slots_of(lines.raw(line), known)
        if found is not None:
            slots, tail = found
            measured = _measured(slots, tail, [lines.raw(i) for i in _sample(len(lines))])
            return Shape(tuple(_groups(measured)), Spelling.of(tail))
    return None


def _slots_of(line: bytes, known: Mapping[str, pa.DataType]) -> tuple[list[Slot], bytes] | None:
    found: list[tuple[str, bytes]] = []
    at = 0
    while match := _TOKEN.match(line, at):
        opening, key, colon, _ = match.groups()
        if (b"{" in opening) != (at == 0):
            return None
        try:
            found.append((key.decode(), opening + b'"' + key + b'"' + colon))
        except UnicodeDecodeError:
            return None
        at = match.end()
    names = {name for name, _ in found}
    if not found or not _END.fullmatch(line, at) or len(names) < len(found) or not known.keys() >= names:
        return None
    tail = line[at:]
    if max(len(before) for _, before in found) + len(tail) + _AHEAD > REACH:
        return None
    stops = [before[0] for _, before in found[1:]] + [tail[0]]
    return [Slot(name, known[name], Spelling.of(before), stop) for (name, before), stop in zip(found, stops)], tail


def _sample(lines: int) -> Iterable[int]:
    """A few lines from the beginning, the middle and the end."""
    if lines <= 3 * _SAMPLED:
        return range(lines)
    return (at + i for at in (0, lines // 2, lines - _SAMPLED) for i in range(_SAMPLED))


def _measured(slots: list[Slot], tail: bytes, sample: list[bytes]) -> list[Slot]:
    pattern = re.compile(b"".join(re.escape(slot.before.text) + _VALUE for slot in slots) + re.escape(tail))
    matches = [match.groups() for line in sample if (match := pattern.fullmatch(line))]
    lengths = [set(map(len, values)) for values in zip(*matches)] or [{0} for _ in slots]
    measured = [
        replace(
            slot,
            fixed=max(seen) if len(seen) == 1 else None,
            room=max(min(max(seen), _LONG) + _AROUND, _LEAST),
        )
        for slot, seen in zip(slots, lengths)
    ]
    if pa.types.is_string(slots[-1].kind):
        # Where the last value ends is known from the newline; the beginning of a text is enough.
        measured[-1] = replace(measured[-1], room=8)
    return measured


def _groups(slots: list[Slot]) -> Iterator[Group]:
    """The slots in the fewest groups that a window reaches over."""
    group: list[Slot] = []
    offsets: list[int] = []
    at = width = 0
    for slot in slots:
        size = len(slot.before.text)
        if group and (group[-1].fixed is None or at + group[-1].fixed + size + _AHEAD > REACH):
            yield Group(tuple(group), tuple(offsets), width)
            group, offsets, at, width = [], [], 0, 0
        at += size + (group[-1].fixed or 0 if group else 0)
        width = max(width, at + slot.room + 7 & ~7)
        group.append(slot)
        offsets.append(at)
    yield Group(tuple(group), tuple(offsets), width)
