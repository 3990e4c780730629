"""Changes of a structure that is there: they come with the rows of their load, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pytest

from conduit.errors import ConduitError
from conduit.sdk import (
    AddColumn,
    Commit,
    Destination,
    RelaxColumn,
    SchemaChange,
    WidenColumn,
    WriteMode,
    WriteSession,
)
from conduit.sdk.suites.destination_recipes import POSITIONS, DestinationRecipes, batches, directory, job
from conduit.sdk.suites.examples import every_type, sample

ADDED = (AddColumn(pa.field("added", pa.int64())),)
_CHANGES: dict[str, SchemaChange] = {
    "add": ADDED[0],
    "widen": WidenColumn("id", pa.int64(), pa.decimal128(38, 0)),
    "relax": RelaxColumn("id"),
}


class DestinationEvolution(DestinationRecipes):
    """What `evolves` claims holds: old rows keep their values, and have NULL in what is new."""

    widenings: ClassVar[tuple[tuple[pa.DataType, pa.DataType], ...]] = (
        (pa.int32(), pa.int64()),
        (pa.int32(), pa.decimal128(12, 2)),
        (pa.float32(), pa.float64()),
        (pa.decimal128(12, 2), pa.decimal128(38, 10)),
        (pa.date32(), pa.timestamp("us")),
        (pa.timestamp("ms"), pa.timestamp("us")),
    )
    """Types that a destination which claims to widen gives a column, and what it had before."""

    def load_required(self, destination: Destination[Any], table: pa.Table, column: str) -> None:
        """Load the table so that what is there demands a value in the column; where loading cannot, by other means."""
        fields = [field.with_nullable(field.name != column) for field in table.schema]
        self.load(destination, table.cast(pa.schema(fields)), "a")

    def run_ddl(self, destination: Destination[Any], statements: Sequence[str]) -> None:
        """Run the statements that `ddl` gave, by other code than the destination's."""
        raise NotImplementedError

    def test_evolves_is_exactly_what_works(self, tmp_path: Path) -> None:
        self.load(self.make_destination(tmp_path), sample(10), "a")
        for kind, change in _CHANGES.items():
            destination = self.make_destination(tmp_path)
            order = replace(job(sample(0).schema, kind), changes=(change,))
            if kind in destination.spec.evolves:
                destination.begin(order).close()
            else:
                with pytest.raises(ConduitError):
                    destination.begin(order)

    def test_an_added_column_is_null_in_old_rows(self, tmp_path: Path) -> None:
        self.require_evolving(tmp_path, "add")
        for mode in self.adding_modes(tmp_path):
            place = directory(tmp_path, mode.value)
            self.load(self.make_destination(place), sample(20), "a", mode)
            self.load_changed(place, wider(30, first=15), "b", ADDED, mode)
            kept = sample(20 if mode is WriteMode.APPEND else 15)
            whole = pa.concat_tables([kept, wider(30, first=15)], promote_options="default")
            self.require_structure(place, [*sample(0).schema.names, "added"], f"{mode.value}: a column was added")
            self.require_rows(place, whole, f"{mode.value}: a column was added")
            if self.make_destination(place).reader("orders") is not None:
                self.require_read(place, whole, f"{mode.value}: a column was added")

    def test_an_added_column_has_any_name(self, tmp_path: Path) -> None:
        self.require_evolving(tmp_path, "add")
        names = [name for name in self.awkward_names if name != "id"]
        added = tuple(AddColumn(pa.field(name, pa.int64())) for name in names)
        new = pa.table({name: pa.array([i, i + 1], pa.int64()) for i, name in enumerate(["id", *names])})
        for mode in self.adding_modes(tmp_path):
            place = directory(tmp_path, mode.value)
            self.load(self.make_destination(place), new.select(["id"]).slice(0, 1), "a", mode)
            self.load_changed(place, new, "b", added, mode)
            kept = new.select(["id"]).slice(0, 1 if mode is WriteMode.APPEND else 0)
            self.require_rows(place, pa.concat_tables([kept, new], promote_options="default"), "awkward new columns")

    def test_a_widened_column_keeps_every_value(self, tmp_path: Path) -> None:
        self.require_evolving(tmp_path, "widen")
        old = every_type(tuple(narrow for narrow, _ in self.widenings))
        new = every_type(tuple(wide for _, wide in self.widenings))
        changes = [WidenColumn(f"c{i}", narrow, wide) for i, (narrow, wide) in enumerate(self.widenings)]
        self.load(self.make_destination(tmp_path), old, "a")
        self.load_changed(tmp_path, new, "b", changes)
        self.require_rows(tmp_path, pa.concat_tables([old.cast(new.schema), new]), "columns were widened")

    def test_a_relaxed_column_takes_null(self, tmp_path: Path) -> None:
        self.require_evolving(tmp_path, "relax")
        # In `sample` the name is NULL at times.
        old, new = sample(3), sample(30, first=3)
        self.load_required(self.make_destination(tmp_path), old, "name")
        assert not self.nullable(tmp_path, "name"), "describe does not tell that a value is demanded"
        self.load_changed(tmp_path, new, "b", (RelaxColumn("name"),))
        assert self.nullable(tmp_path, "name"), "describe still tells that a value is demanded"
        self.require_rows(tmp_path, pa.concat_tables([old, new]), "a column may be NULL")

    def test_a_change_lands_without_rows(self, tmp_path: Path) -> None:
        self.require_evolving(tmp_path, "add")
        if not self.make_destination(tmp_path).spec.typed:
            pytest.skip("without rows nothing tells of columns here")
        self.load(self.make_destination(tmp_path), sample(20), "a")
        self.load_changed(tmp_path, wider(0), "b", ADDED)
        self.require_structure(tmp_path, [*sample(0).schema.names, "added"], "a column was added by a load of nothing")

    def test_ddl_is_what_a_commit_does(self, tmp_path: Path) -> None:
        destination = self.make_destination(tmp_path)
        if destination.spec.commit is not Commit.TRANSACTION and not destination.ddl(job(sample(0).schema, "a"), None):
            pytest.skip("nothing here has a structure that statements make")
        loads: list[tuple[pa.Table, tuple[SchemaChange, ...], WriteMode | None]] = [(sample(20), (), None)]
        loads += [(wider(5, first=20), ADDED, None)] if "add" in destination.spec.evolves else []
        loads += [(sample(3), (), WriteMode.FULL_REFRESH)] if WriteMode.FULL_REFRESH in destination.spec.modes else []
        for mode in self.adding_modes(tmp_path):
            loaded, told = (directory(tmp_path, f"{mode.value}-{how}") for how in ("loaded", "told"))
            for number, (table, changes, instead) in enumerate(loads):
                order = replace(job(table.schema, f"t{number}", instead or mode), changes=changes)
                there = self.make_destination(told).describe("orders")
                self.run_ddl(self.make_destination(told), self.make_destination(told).ddl(order, there))
                self.load_changed(loaded, table, order.token, changes, order.mode)
                found, wanted = (self.make_destination(place).describe("orders") for place in (told, loaded))
                assert found == wanted, f"{order.mode.value}: ddl makes {found}, and the commit made {wanted}"
                left = self.make_destination(loaded).ddl(order, wanted)
                assert instead or not left, f"{order.mode.value}: all is made, and ddl gives {left}"

    # -- moves

    def require_evolving(self, tmp_path: Path, kind: str) -> None:
        if kind not in self.make_destination(tmp_path).spec.evolves:
            pytest.skip(f"the spec does not claim that the structure can change: {kind}")
        self.require_reading()

    def adding_modes(self, tmp_path: Path) -> list[WriteMode]:
        claimed = self.make_destination(tmp_path).spec.modes
        return [mode for mode in (WriteMode.APPEND, WriteMode.UPSERT) if mode in claimed]

    def begin_changed(
        self,
        place: Path,
        table: pa.Table,
        token: str,
        changes: Sequence[SchemaChange],
        mode: WriteMode = WriteMode.APPEND,
    ) -> WriteSession:
        return self.make_destination(place).begin(replace(job(table.schema, token, mode), changes=tuple(changes)))

    def load_changed(
        self,
        place: Path,
        table: pa.Table,
        token: str,
        changes: Sequence[SchemaChange],
        mode: WriteMode = WriteMode.APPEND,
    ) -> None:
        session = self.begin_changed(place, table, token, changes, mode)
        try:
            session.commit(list(session.stage("0", batches(table))), POSITIONS)
        finally:
            session.close()

    def require_structure(self, place: Path, names: list[str], why: str) -> None:
        found = self.make_destination(place).describe("orders")
        assert found is not None, f"{why}: there is nothing"
        assert found.names == names, f"{why}: the columns are {found.names}, expected {names}"

    def nullable(self, place: Path, column: str) -> bool:
        found = self.make_destination(place).describe("orders")
        assert found is not None
        return bool(found.field(column).nullable)


def wider(rows: int, *, first: int = 0) -> pa.Table:
    """`sample`, and a number in a column that it has not."""
    table = sample(rows, first=first)
    return table.append_column("added", pa.array(range(first, first + rows), pa.int64()))
