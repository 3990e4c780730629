"""The resource's own shaping of a batch: select, rename and cast, between the source and the checks."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from conduit.core.types import parse_type
from conduit.errors import ConfigError, UnknownName
from conduit.schema.conform import Conformed, Conformer, Misfits


class Shape:
    """Columns as the destination will know them. `schema` is what `apply` gives.

    Where a value that does not fit `may_be_null`, a column that is cast may be too, whatever it was before.
    Raises UnknownName for a column that is not there, ConfigError for two columns of one name.
    """

    def __init__(
        self,
        source: pa.Schema,
        columns: tuple[str, ...] | None,
        rename: Mapping[str, str],
        cast: Mapping[str, str],
        place: str,
        *,
        may_be_null: bool = False,
    ) -> None:
        chosen = columns or tuple(source.names)
        for name in (*chosen, *rename):
            if name not in source.names:
                raise UnknownName.among("column", name, source.names, place=place)
        self._chosen = chosen
        named = [source.field(name).with_name(rename.get(name, name)) for name in chosen]
        self._renamed = pa.schema(named)
        names = self._renamed.names
        for name in {name for name in names if names.count(name) > 1}:
            raise ConfigError(f"Two columns would be called {name!r}.", place=place, remedy="Rename one of them.")
        for name in cast:
            if name not in names:
                raise UnknownName.among("column", name, names, place=f"{place}, cast")
        self.schema = pa.schema(
            [
                f.with_type(parse_type(cast[f.name])).with_nullable(f.nullable or may_be_null) if f.name in cast else f
                for f in named
            ]
        )
        self._as_is = chosen == tuple(source.names) and not rename
        self._conformer = Conformer(self._renamed, self.schema, place, asked=True) if cast else None

    def apply(self, batch: pa.RecordBatch, misfits: Misfits | None = None) -> Conformed:
        """The batch in its new shape; the same one when nothing changes. `misfits` as in `Conformer.conform`."""
        if not self._as_is:
            arrays = [batch.column(name) for name in self._chosen]
            batch = pa.RecordBatch.from_arrays(arrays, schema=self._renamed)
        return self._conformer.conform(batch, misfits) if self._conformer else Conformed(batch)
