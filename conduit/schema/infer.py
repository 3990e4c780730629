"""A schema judged by a sample: per column the type that a run gives it, what speaks for it, and what speaks against."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from conduit.core.casts import cast_or_null
from conduit.core.sample import Sample
from conduit.core.types import type_name
from conduit.schema.evidence import Evidence, Places, Witness, distinct_of, evidence_of
from conduit.schema.infer_numbers import places_behind_the_point
from conduit.schema.infer_text import TextType, infer_text
from conduit.schema.semantics import meaning_of


@dataclass(frozen=True, slots=True)
class InferredColumn:
    """One column. `type` is what a run gives it; `suggested` what the sample speaks for, where that is another one.

    `source_name` is what the source calls it. `forced_by` is the value that keeps the sample from a narrower type,
    `reason` says why. `misfits` rows of the sample do not fit `type` and would be rejects; `misfit` is the first.
    `meaning` is what texts are beside being text: `uuid`, `json`, `duration`. `hints` are sentences for a person.
    `outside`: it stands in the names of folders and not in the rows, so that the source's options cannot type it.
    """

    name: str
    type: pa.DataType
    nullable: bool
    source_name: str
    evidence: Evidence
    suggested: pa.DataType | None = None
    forced_by: Witness | None = None
    reason: str = ""
    misfits: int = 0
    misfit: Witness | None = None
    meaning: str | None = None
    hints: tuple[str, ...] = ()
    declared: bool = False
    outside: bool = False

    @property
    def best(self) -> pa.DataType:
        """The suggested type, or the one that a run gives."""
        return self.type if self.suggested is None else self.suggested

    def as_dict(self) -> dict[str, Any]:
        """A JSON-able form."""
        seen = self.evidence
        return {
            "name": self.name,
            "type": type_name(self.type),
            "nullable": self.nullable,
            "source_name": self.source_name,
            "declared": self.declared,
            "suggested": None if self.suggested is None else type_name(self.suggested),
            "meaning": self.meaning,
            "rows": seen.rows,
            "nulls": seen.nulls,
            "null_share": round(seen.null_share, 6),
            "distinct": seen.distinct,
            "min": seen.low,
            "max": seen.high,
            "examples": list(seen.examples),
            "forced_by": _witness_dict(self.forced_by),
            "reason": self.reason,
            "misfits": self.misfits,
            "first_misfit": _witness_dict(self.misfit),
            "hints": list(self.hints),
        }


@dataclass(frozen=True, slots=True)
class Inference:
    """A schema and its evidence, by a sample of so many `rows`, of `parts` such as head, middle and tail.

    `unreadable` rows of the sample did not fit the source's own schema; `reason` says why the first did not.
    """

    resource: str
    columns: tuple[InferredColumn, ...]
    rows: int
    parts: tuple[str, ...] = ()
    files: int = 0
    unreadable: int = 0
    reason: str = ""
    notices: tuple[str, ...] = field(default=(), compare=False)

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema that a run gives: the types of the columns, not the suggested ones."""
        return pa.schema([pa.field(column.name, column.type, column.nullable) for column in self.columns])

    @property
    def suggested(self) -> dict[str, str]:
        """The types that the sample speaks for where they are other ones than a run gives, by the source's names."""
        return {c.source_name: type_name(c.suggested) for c in self.columns if c.suggested is not None}

    def as_dict(self) -> dict[str, Any]:
        """A JSON-able form."""
        return {
            "resource": self.resource,
            "rows": self.rows,
            "parts": list(self.parts),
            "files": self.files,
            "unreadable": self.unreadable,
            "reason": self.reason,
            "columns": [column.as_dict() for column in self.columns],
        }


@dataclass(frozen=True, slots=True)
class Known:
    """What is settled about a column before the sample is looked at: its name in the source, the field of a run.

    `masked`: none of its values may be shown.
    """

    source_name: str
    field: pa.Field
    declared: bool = False
    masked: bool = False


def infer(resource: str, columns: Sequence[Known], samples: Iterable[Sample]) -> Inference:
    """Judge columns by samples that all have the same columns; samples may lack columns, and be none at all."""
    taken = list(samples)
    filled = [sample for sample in taken if sample.rows.num_rows]
    table = pa.Table.from_batches([sample.rows for sample in filled]) if filled else pa.table({})
    places = Places(filled)
    outside = {name for sample in taken for name in sample.outside}
    first_reason = next((sample.reason for sample in taken if sample.reason), "")
    return Inference(
        resource,
        tuple(replace(_column(known, table, places), outside=known.source_name in outside) for known in columns),
        table.num_rows,
        tuple(dict.fromkeys(sample.part for sample in filled)),
        len({sample.file for sample in filled if sample.file}),
        sum(sample.unreadable for sample in taken),
        first_reason,
    )


def _column(known: Known, table: pa.Table, places: Places) -> InferredColumn:
    judged = _judged(known, table, places)
    return _without_values(judged) if known.masked else judged


def _judged(known: Known, table: pa.Table, places: Places) -> InferredColumn:
    kind = known.field.type
    column = InferredColumn(
        known.field.name, kind, known.field.nullable, known.source_name, Evidence(0, 0), declared=known.declared
    )
    if known.source_name not in table.column_names:
        return column
    values = table.column(known.source_name)
    distinct = distinct_of(values)
    if distinct is None or not _is_text(distinct[0].type):
        evidence = evidence_of(values, distinct, None)
        return replace(column, evidence=evidence, hints=_about_nulls(evidence, kind))
    texts = distinct[0].cast(pa.string())
    trimmed = pc.utf8_trim_whitespace(texts)
    typed = None if _is_text(kind) else _read_as(trimmed, kind)
    evidence = evidence_of(values, distinct, typed)
    found = infer_text(texts, distinct[1])
    column = replace(
        column,
        evidence=evidence,
        suggested=_suggested(known, found, typed),
        forced_by=_first(values, found.forced_by, places),
        reason=found.reason,
        meaning=meaning_of(trimmed) if _is_text(found.type) else None,
        hints=(*_about_nulls(evidence, kind), *_hints(found, trimmed)),
    )
    if typed is None or not typed.null_count:
        return column
    misfits = typed.is_null()
    first = texts.filter(misfits)[0].as_py()
    return replace(column, misfits=pc.sum(distinct[1].filter(misfits)).as_py(), misfit=_first(values, first, places))


def _suggested(known: Known, found: TextType, typed: pa.Array | None) -> pa.DataType | None:
    """The sample's own type where a run's would reject a value, lose its digits, or leave as text what is none.

    A declared type is what the user wants: its misfits are told, and no other type is.
    """
    kind = known.field.type
    if found.type == kind or known.declared:
        return None
    if typed is not None and typed.null_count:
        return found.type
    loose = _is_text(kind) or (pa.types.is_floating(kind) and pa.types.is_decimal(found.type))
    return found.type if loose and not _is_text(found.type) else None


def _read_as(texts: pa.Array, kind: pa.DataType) -> pa.Array | None:
    """The texts as a reader of text files takes them, NULL where one does not fit; None where there is no such cast."""
    if pa.types.is_integer(kind):
        texts = pc.replace_substring_regex(texts, r"^\+(\d)", r"\1")
    try:
        return cast_or_null(texts, kind)
    except pa.ArrowNotImplementedError:
        return None


def _first(values: pa.ChunkedArray, text: str | None, places: Places) -> Witness | None:
    if text is None:
        return None
    number = pc.index(values, pa.scalar(text, values.type)).as_py()
    return places.witness(number, text) if number >= 0 else None


def _hints(found: TextType, texts: pa.Array) -> tuple[str, ...]:
    if found.without_them is not None:
        words = ", ".join(repr(word) for word in found.null_words)
        return (f"{type_name(found.without_them)} if {words} means NULL",)
    if pa.types.is_floating(found.type) and (places := places_behind_the_point(texts)):
        return (f"decimal(18,{places}) would keep sums exact: {places} digits behind every point",)
    return ()


def _about_nulls(evidence: Evidence, kind: pa.DataType) -> tuple[str, ...]:
    if not evidence.rows or evidence.nulls < evidence.rows:
        return ()
    return (f"all NULL: kept as {type_name(kind)}",)


def _without_values(column: InferredColumn) -> InferredColumn:
    hidden = [w and replace(w, value="•••") for w in (column.forced_by, column.misfit)]
    return replace(
        column,
        evidence=replace(column.evidence, examples=(), low=None, high=None),
        forced_by=hidden[0],
        misfit=hidden[1],
        hints=(),
    )


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _witness_dict(witness: Witness | None) -> dict[str, Any] | None:
    if witness is None:
        return None
    return {"value": witness.value, "part": witness.part, "row": witness.row, "file": witness.file}
