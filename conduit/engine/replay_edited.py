"""An edited export of rejects as a source: each row takes the place of the reject whose `_dlq_id` it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import polars as pl
import pyarrow as pa

from conduit.core.message import Malformed, Message, Rows
from conduit.core.place import Place
from conduit.core.position import Position
from conduit.core.request import Partition, ReadRequest
from conduit.core.types import type_name
from conduit.dlq.text import reads_as_text, values_of
from conduit.engine.replay_choice import Choice
from conduit.engine.replay_file import ID, open_edited
from conduit.engine.replay_source import RejectSource, require_all
from conduit.errors import DataError


class EditedRejects(RejectSource):
    """Rows of an export, each sent again in the place of its reject. Rows that were taken out of the file are left.

    Raises DataError for rows without an id, with one that is not among the rejects, or with one that another row has;
    UnknownName for a column that the rows do not have. Rows of rejects that were sent again before are passed over,
    and so are those that never were rows and still are empty.
    """

    def __init__(self, look: Callable[[], Choice], path: Path) -> None:
        super().__init__(look)
        self._path = path
        self._keep = pl.Series([], dtype=pl.Boolean)

    def take(self, request: ReadRequest) -> Mapping[str, pa.BooleanArray]:
        if not self.choice.files:
            raise DataError("The resource has no rejects that a row could take the place of.", place=str(self._path))
        frames = [self._named(message.data) for message in self._rows()]
        rows = self._resolved(pl.concat([_NOTHING, *frames]))
        again = rows.select((pl.col("kind") == "replayed").sum()).item()
        unfilled = rows.select(((pl.col("kind") == "unparsed") & pl.col("empty")).sum()).item()
        self._keep = rows.select(
            (pl.col("kind") != "replayed") & ~((pl.col("kind") == "unparsed") & pl.col("empty"))
        ).to_series()
        if again:
            request.notice(f"Rows of {self._path} that were replayed before are left out: {again:,}.")
        if unfilled:
            request.notice(f"Rows of {self._path} that are empty still are left out: {unfilled:,}. See `_dlq_raw`.")
        taken = {}
        for (name,), some in rows.filter(self._keep).group_by("file"):
            length = len(self.choice.files[str(name)].kinds.meant)
            mask = pl.repeat(False, length, eager=True).scatter(some["row"], True)
            taken[str(name)] = cast("pa.BooleanArray", mask.to_arrow())
        return taken

    def partitions(self) -> Iterator[Partition]:
        yield Partition(str(self._path), None, int(self._keep.sum()), self._path.stat().st_size)

    def read(self, partition: Partition, request: ReadRequest, resume: Position | None) -> Iterator[Message]:
        seen = sent = 0
        for message in self._rows():
            chosen = self._keep.slice(seen, message.data.num_rows).arg_true().to_arrow().cast(pa.int64())
            seen += message.data.num_rows
            sent += len(chosen)
            if len(chosen):
                place = None if message.place is None else _Chosen(message.place, chosen)
                yield Rows(self._typed(message.data.select(self._own()).take(chosen)), place)
        require_all(sent, sum(rows.true_count for rows in self.taken.values()), self._path)

    def _own(self) -> list[str]:
        return list(self.choice.schema.names)

    def _rows(self) -> Iterator[Rows]:
        """The file's batches in its order, with the id and the rows' own columns."""
        source = open_edited(self._path, self.choice.schema)
        request = ReadRequest(columns=(ID, *self._own()))
        for partition in source.scan(request).partitions:
            for message in source.read(partition, request, None):
                match message:
                    case Rows():
                        yield message
                    case Malformed(data):
                        first = data.slice(0, 1).to_pylist()[0]
                        raise DataError(
                            f"{data.num_rows:,} rows of the edited file cannot be read; the first: {first['message']}.",
                            place=f"{first['file']}:{first['line']}",
                            remedy="Correct the file; nothing was loaded.",
                        )
                    case _:
                        pass

    def _named(self, batch: pa.RecordBatch) -> pl.DataFrame:
        """The rows' ids, and whether they have nothing else."""
        empty = pl.repeat(True, batch.num_rows, eager=True)
        for name in self._own():
            empty &= cast("pl.Series", pl.from_arrow(batch[name].is_null()))
        return pl.DataFrame({"id": pl.from_arrow(batch[ID].cast(pa.string())), "empty": empty}, _NOTHING.schema)

    def _resolved(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows with the file and the row that each id names, and what is known of that reject.

        Raises DataError unless every id is a reject's own.
        """
        rows = rows.with_columns(pl.col("id").str.extract_groups(r"^(?<file>.+):(?<row>[0-9]{1,15})$")).unnest("id")
        rows = rows.with_columns(pl.col("row").cast(pl.Int64))
        known = pl.concat([_NO_KINDS, *(_kinds_in(rows, name, self.choice) for name in self.choice.files)])
        rows = rows.join(known, on=("file", "row"), how="left", maintain_order="left")
        unknown = rows["kind"].is_null().arg_true()
        if len(unknown):
            file, row = rows["file"][unknown[0]], rows["row"][unknown[0]]
            complaint = "has no id" if file is None else f"has the id '{file}:{row}', which is no reject's"
            raise self._refused(int(unknown[0]), complaint)
        doubled = (~rows.select(pl.struct("file", "row").is_first_distinct()).to_series()).arg_true()
        if len(doubled):
            file, row = rows["file"][doubled[0]], rows["row"][doubled[0]]
            raise self._refused(int(doubled[0]), f"has the id '{file}:{row}', which a row before it has")
        return rows

    def _refused(self, number: int, complaint: str) -> DataError:
        return DataError(
            f"Row {number + 1:,} of the edited file {complaint}.",
            place=str(self._path),
            remedy=f"Leave the column {ID!r} as `conduit dlq export` wrote it; new rows are a load of their own.",
        )

    def _typed(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Text of types that Arrow does not read by itself, in those types."""
        arrays = []
        for field in self.choice.schema:
            values = batch[field.name]
            if pa.types.is_string(values.type) and not reads_as_text(field.type):
                try:
                    values = values_of(values, field.type)
                except (ValueError, pa.ArrowException) as failed:
                    raise DataError(
                        f"The column {field.name!r} holds text that is no {type_name(field.type)}: {failed}.",
                        place=str(self._path),
                        remedy="Correct it as it was written by the export.",
                    ) from failed
            arrays.append(values)
        return pa.RecordBatch.from_arrays(arrays, names=self.choice.schema.names)


@dataclass(frozen=True, slots=True)
class _Chosen(Place):
    """Some rows of a batch, in the places that they have in it."""

    place: Place
    numbers: pa.Array

    def of(self, rows: pa.Array) -> pa.RecordBatch:
        return self.place.of(self.numbers.take(rows))


_NOTHING = pl.DataFrame(schema={"id": pl.String, "empty": pl.Boolean})
_NO_KINDS = pl.DataFrame(schema={"file": pl.String, "row": pl.Int64, "kind": pl.String})


def _kinds_in(rows: pl.DataFrame, name: str, choice: Choice) -> pl.DataFrame:
    """What is known of the rejects of one file that some rows name; nothing of those that are not there."""
    kinds = choice.files[name].kinds
    asked = rows.filter((pl.col("file") == name) & (pl.col("row") < len(kinds.meant)))["row"].unique()
    replayed, unparsed = (cast("pl.Series", pl.from_arrow(of)) for of in (kinds.replayed, kinds.unparsed))
    kind = (
        pl.when(replayed.gather(asked)).then(pl.lit("replayed"))
        .when(unparsed.gather(asked)).then(pl.lit("unparsed"))
        .otherwise(pl.lit("row"))
    )  # fmt: skip
    return pl.DataFrame({"file": pl.repeat(name, len(asked), eager=True), "row": asked}).with_columns(kind=kind)
