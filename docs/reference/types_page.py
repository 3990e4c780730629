"""The page of types, for `generate.py`: what each type becomes as each other, and what each destination keeps of it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from conduit.cli.connectors import describe_connector
from conduit.core import lattice
from conduit.core.destination import Destination
from conduit.core.fidelity import CANONICAL, Fidelity, fidelity
from conduit.core.types import type_name
from conduit.errors import SchemaError
from conduit.registry import destination_class, destination_names

_SIGNS = {Fidelity.LOSSLESS: "=", Fidelity.WIDENED: "+", Fidelity.LOSSY: "~", Fidelity.REFUSED: "."}
_GRADES = {
    Fidelity.LOSSLESS: ("both types hold the same values.",),
    Fidelity.WIDENED: ("every value has its place in a type that holds more, or is spelled as text.",),
    Fidelity.LOSSY: (
        "a value may not fit. Each one that does not is caught and counted, and none is changed.",
        "  A decimal with a fraction as a float counts as this too: the float has its digits and is another number.",
    ),
    Fidelity.REFUSED: ("no value of the one type is one of the other; the load does not begin.",),
}
_SAID_OF_VALUES = (
    "CSV has text and nothing else: every column comes back as text, and is typed by whoever reads it.",
    "JSON has a type for each value and none for a column: what is said of it holds all that may come back.",
    "A date there is text until `columns:` or `infer_dates:` makes it one.",
    "A column of `partition_by` comes back as text from any file.",
    "",
    "Some values have no place although their type has one, and are an error that names the column: NaN and integers",
    "beyond 63 bits in SQLite, NaN and infinity in JSON (see `nan:`), moments with a zone finer than microseconds and",
    "durations beyond 292 years in DuckDB.",
)


def lines(note: str) -> Iterator[str]:
    """The lines of the page; `note` says that it is generated."""
    yield from ("# What becomes of a type", "", note, "")
    yield "Every source gives Arrow types, and every destination has types of its own."
    yield from ("What becomes of a value between them is known from the two types, before a row is read:", "")
    for grade, (first, *more) in _GRADES.items():
        yield from (f"- `{_SIGNS[grade]}` **{grade.value}**: {first}", *more)
    yield from (
        "",
        "[A value is kept, or its row is](exact-types.md) says what is done about the values that do not fit.",
    )
    yield from ("", "## The types", "", "| | type | its values |", "|---|---|---|")
    yield from (f"| {place} | `{kind.name}` | {kind.about} |" for place, kind in enumerate(CANONICAL, 1))
    yield from (
        "",
        "Each stands for its kind: the others of a kind differ from it in width, digits, unit or zone alone.",
    )
    yield from (
        "",
        "## Each type as each other",
        "",
        "A row is the type that a value has, a column the one that it gets.",
    )
    yield from ("", "```text", *_matrix(), "```", "")
    yield "A whole number becomes a moment, a time or a duration, and back, where `cast:` names the type."
    yield from ("", "## Which type holds which", "")
    yield "A table is widened along these lines only, and what is found in several samples of a column meets on them."
    for paragraph in inspect.cleandoc(lattice.__doc__ or "").split("\n\n")[1:]:
        yield from ("", *(["```text", inspect.cleandoc(paragraph), "```"] if paragraph[0] == " " else [paragraph]))
    yield from ("", "## What a destination keeps", "", "What values are once they are read back; `-` is refused.", "")
    yield from _kept()
    yield from ("", *_SAID_OF_VALUES)


def _matrix() -> Iterator[str]:
    width = max(len(kind.name) for kind in CANONICAL) + 4
    places = [f"{place:>2}" for place in range(1, len(CANONICAL) + 1)]
    for digit in (0, 1):
        yield (" " * width + " ".join(place[digit] for place in places)).rstrip()
    for place, source in zip(places, CANONICAL, strict=True):
        signs = " ".join(_SIGNS[fidelity(source.type, target.type)] for target in CANONICAL)
        yield f"{f'{place} {source.name}':<{width}}{signs}"


def _kept() -> Iterator[str]:
    """Of the destinations that can be read back, a column each."""
    known = [name for name in sorted(destination_names()) if _is_read_back(name)]
    yield f"| type | {' | '.join(known)} |"
    yield f"|{'---|' * (len(known) + 1)}"
    made = [_made(name) for name in known]
    for canonical in CANONICAL:
        yield f"| `{canonical.name}` | {' | '.join(_kept_type(one, canonical.type) for one in made)} |"


def _is_read_back(name: str) -> bool:
    kind = destination_class(name)
    return kind.reader is not Destination.reader and kind.__module__.startswith("conduit.connectors.")


def _made(name: str) -> Destination[Any]:
    """A destination of the kind, with nothing said that need not be."""
    kind, side = destination_class(name), describe_connector(name).destination
    required = {option.name: option.example for option in (side.options if side else ()) if option.required}
    return kind(kind.options_model.model_validate(required))


def _kept_type(destination: Destination[Any], given: pa.DataType) -> str:
    try:
        stored = destination.stored(pa.schema([("x", given)])).field("x").type
    except SchemaError:
        return "-"
    kept = lattice.plain_type(stored)
    return "the same" if kept == given else f"`{type_name(kept)}`"
