"""The resource's own shaping of a batch: select, rename and cast, between the source and the checks."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from conduit.core.types import parse_type
from conduit.errors import ConfigError, UnknownName
from conduit.schema.conform import Conformed, Conformer, Misfits
from conduit.schema.naming import Naming, normalised


class Shape:
    """Columns as the destination will know them. `schema` is what `apply` gives.

    `columns` and `rename` speak of the source's names; a column that is not renamed is called as `naming` says, and
    `cast` speaks of what comes out. Where a value that does not fit `may_be_null`, a column that is cast may be too,
    whatever it was before. Raises UnknownName for a column that is not there, ConfigError for two of one name.
    """

    def __init__(
        self,
        source: pa.Schema,
        columns: tuple[str, ...] | None,
        rename: Mapping[str, str],
        cast: Mapping[str, str],
        place: str,
        *,
        naming: Naming = "preserve",
        may_be_null: bool = False,
    ) -> None:
        chosen = columns or tuple(source.names)
        for name in (*chosen, *rename):
            if name not in source.names:
                raise UnknownName.among("column", name, source.names, place=place)
        self._chosen = chosen
        names = _names(chosen, rename, naming, place)
        named = [source.field(old).with_name(new) for old, new in zip(chosen, names, strict=True)]
        self._renamed = pa.schema(named)
        for name in cast:
            if name not in names:
                raise UnknownName.among("column", name, names, place=f"{place}, cast")
        self.schema = pa.schema(
            [
                f.with_type(parse_type(cast[f.name])).with_nullable(f.nullable or may_be_null) if f.name in cast else f
                for f in named
            ]
        )
        self._as_is = chosen == names == tuple(source.names)
        self._conformer = Conformer(self._renamed, self.schema, place, asked=True) if cast else None

    def apply(self, batch: pa.RecordBatch, misfits: Misfits | None = None) -> Conformed:
        """The batch in its new shape; the same one when nothing changes. `misfits` as in `Conformer.conform`."""
        if not self._as_is:
            arrays = [batch.column(name) for name in self._chosen]
            batch = pa.RecordBatch.from_arrays(arrays, schema=self._renamed)
        return self._conformer.conform(batch, misfits) if self._conformer else Conformed(batch)


def _names(chosen: tuple[str, ...], rename: Mapping[str, str], naming: Naming, place: str) -> tuple[str, ...]:
    """What the chosen columns are called from now on: names that the user gave stay as he gave them."""
    usual = normalised(chosen, naming)
    names = tuple(rename.get(old, new) for old, new in zip(chosen, usual, strict=True))
    for number, name in enumerate(names):
        if (first := names.index(name)) != number:
            raise ConfigError(
                f"Two columns would be called {name!r}: {chosen[first]!r} and {chosen[number]!r}.",
                place=place,
                remedy="Rename one of them with `rename:`.",
            )
    return names
