"""Keys that are in another source, or in the destination: read once, as keys of the column that is checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyarrow as pa

from conduit.core.casts import cast_or_null
from conduit.core.types import type_name
from conduit.errors import ConfigError
from conduit.quality.columns import Column, find_column, is_binary, is_text, plain_values
from conduit.quality.exact import stored_type
from conduit.quality.key_frame import normal
from conduit.quality.key_match import as_key_of

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where keys are: a name for a person, the schema, and the batches of those columns that are asked for."""

    name: str
    schema: pa.Schema
    read: Callable[[tuple[str, ...]], Iterator[pa.RecordBatch]]


@dataclass(frozen=True, slots=True)
class _Pair:
    """A column of the checked data, and the one elsewhere that is compared with it."""

    here: pa.DataType
    there: Column
    parsed: bool

    def plain(self, batch: pa.RecordBatch) -> pa.Array:
        values = self.there.values(batch)
        if not self.parsed:
            return plain_values(values, self.there.type)
        return plain_values(cast_or_null(values.cast(pa.large_string()), self.here), self.here)

    def converted(self, name: str) -> pl.Expr:
        there = self.here if self.parsed else stored_type(self.there.type)
        converted = as_key_of(self.here, there, name)
        assert converted is not None, "only columns that may be equal are paired"
        return converted


@dataclass(frozen=True, slots=True)
class KeysElsewhere:
    """The keys of a check that are elsewhere, in the form of those that it looks at."""

    elsewhere: Elsewhere
    columns: tuple[str, ...]
    pairs: tuple[_Pair, ...]

    def frames(self) -> Iterator[pl.DataFrame]:
        """All keys, a batch at a time. What can equal no value of the checked column is left out, NULLs are too."""
        import polars as pl

        for batch in self.elsewhere.read(self.columns):
            named = {str(number): pair.plain(batch) for number, pair in enumerate(self.pairs)}
            frame = pl.DataFrame(pa.RecordBatch.from_pydict(named))
            keys, _ = normal(frame.select(pair.converted(str(number)) for number, pair in enumerate(self.pairs)))
            if len(keys):
                yield keys


def bind(
    label: str,
    columns: Sequence[Column],
    names: Sequence[str],
    elsewhere: Elsewhere,
    *,
    reads_text: bool = False,
) -> KeysElsewhere:
    """Pair the columns of a key with those that have the `names` elsewhere; `label` is of the check.

    With `reads_text`, text there is read as what the column here holds. Raises ConfigError for a name that is not
    there, and for types of which no two values are equal.
    """
    found = [find_column(name, elsewhere.schema, f"{label}, {elsewhere.name}") for name in names]
    roots = tuple(dict.fromkeys(elsewhere.schema.names[column.path[0]] for column in found))
    pairs = []
    for here, there in zip(columns, found, strict=True):
        root = elsewhere.schema.names[there.path[0]]
        moved = replace(there, path=(roots.index(root), *there.path[1:]))
        mine, theirs = stored_type(here.type), stored_type(there.type)
        parsed = reads_text and is_text(theirs) and not (is_text(mine) or is_binary(mine) or pa.types.is_null(mine))
        pair = _Pair(mine, moved, parsed)
        if as_key_of(mine, mine if parsed else theirs, "key") is None:
            raise ConfigError(
                f"{here.name!r} is {type_name(here.type)} and {there.name!r} in {elsewhere.name} is "
                f"{type_name(there.type)}: no two values of them are equal.",
                place=label,
                remedy=f"Give the column the other type: `cast: {{{here.name}: {type_name(theirs)}}}`.",
            )
        pairs.append(pair)
    return KeysElsewhere(elsewhere, roots, tuple(pairs))
