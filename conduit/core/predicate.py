"""A row filter as data: what it needs, what can be pushed down, and its SQL text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias, Union

Scalar: TypeAlias = Union[int, float, str, bool]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`column op value`, with op one of = != < <= > >=. A null column value does not pass."""

    column: str
    op: str
    value: Scalar


@dataclass(frozen=True, slots=True)
class IsNull:
    column: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Predicate:
    """`text` is the whole filter in SQL; it is what decides. `pushable` are the conjuncts that were understood.

    `exact` says that the conjuncts are the whole of it, so that a source which applies them all has absorbed it.
    """

    text: str
    pushable: tuple[Comparison | IsNull, ...] = ()
    exact: bool = False


_NAME = r'(?:"(?P<quoted>(?:[^"]|"")+)"|(?P<bare>[A-Za-z_][A-Za-z0-9_]*))'
_VALUE = r"(?P<string>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<bool>(?i:true|false))"
# Text, compiled when a filter is met: most runs have none, and every start would pay for it.
_COMPARISON = rf"^\s*{_NAME}\s*(?P<op><=|>=|<>|!=|=|<|>)\s*(?:{_VALUE})\s*$"
_NULL = rf"^\s*{_NAME}\s+(?i:is)\s+(?P<not>(?i:not)\s+)?(?i:null)\s*$"
_AND = r"\s+(?i:and)\s+(?=(?:[^']*'[^']*')*[^']*$)"


def parse_predicate(text: str) -> Predicate:
    """Understand as much of a SQL condition as can be pushed to a source: comparisons joined by AND.

    Anything else stays in `text` and is applied by the engine; it is never guessed at.
    """
    conjuncts: list[Comparison | IsNull] = []
    for piece in re.split(_AND, text.strip()):
        if match := re.match(_COMPARISON, piece):
            op = "!=" if match["op"] == "<>" else match["op"]
            conjuncts.append(Comparison(_name(match), op, _value(match)))
        elif match := re.match(_NULL, piece):
            conjuncts.append(IsNull(_name(match), bool(match["not"])))
        else:
            # A piece that was not understood may hold an OR or a BETWEEN ... AND: then nothing may be pushed.
            return Predicate(text)
    return Predicate(text, tuple(conjuncts), exact=True)


def _name(match: re.Match[str]) -> str:
    return match["quoted"].replace('""', '"') if match["quoted"] else match["bare"]


def _value(match: re.Match[str]) -> Scalar:
    if match["string"] is not None:
        return match["string"][1:-1].replace("''", "'")
    if match["number"] is not None:
        return float(match["number"]) if "." in match["number"] else int(match["number"])
    return match["bool"].lower() == "true"
