"""What every source owes its callers, one test per behaviour."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from conduit.core.predicate import parse_predicate
from conduit.sdk import ReadRequest, Scan, SourceError
from conduit.sdk.suites import claims
from conduit.sdk.suites.child import copied
from conduit.sdk.suites.compare import require_same_rows, require_same_schema
from conduit.sdk.suites.examples import every_type, sample
from conduit.sdk.suites.reading import read_all, require_pushdown
from conduit.sdk.suites.source_pushdown import PushdownBehaviours
from conduit.sdk.suites.source_reading import ReadingBehaviours
from conduit.sdk.suites.source_recipes import SMALL, directory
from conduit.sdk.suites.source_sampling import SamplingBehaviours


class SourceSuite(ReadingBehaviours, PushdownBehaviours, SamplingBehaviours):
    """Subclass it as `TestMySource`, write `make_source` (and `make_missing`), and narrow its claims."""

    # -- what it is

    def test_construction_is_pure(self, tmp_path: Path) -> None:
        place = directory(tmp_path)
        claims.require_pure_construction(self.make_source(place, sample(10)), place)

    def test_pickles(self, tmp_path: Path) -> None:
        source = self.make_source(tmp_path, sample(10))
        claims.require_pickles(source)
        source.scan(SMALL)
        claims.require_pickles(source)

    def test_options_are_closed_and_described(self, tmp_path: Path) -> None:
        claims.require_documented_options(self.make_source(tmp_path, sample(1)).options_model)

    def test_probe_finds_no_fault_and_raises_nothing(self, tmp_path: Path) -> None:
        assert all(probe.passed for probe in self.make_source(tmp_path, sample(10)).probe())
        if missing := self.make_missing(tmp_path):
            findings = list(missing[0].probe())
            assert not findings or not all(probe.passed for probe in findings), "the probe misses what is missing"

    def test_missing_data_is_named(self, tmp_path: Path) -> None:
        missing = self.make_missing(tmp_path)
        if missing is None:
            pytest.skip("the data of this source cannot be missing")
        source, name = missing
        with pytest.raises(SourceError) as caught:
            read_all(source, SMALL)
        assert name in str(caught.value), f"the error does not name {name!r}: {caught.value}"

    # -- scan

    def test_scan_is_repeatable(self, tmp_path: Path) -> None:
        source = self.make_source(tmp_path, sample(2_000))
        first, second, elsewhere = source.scan(SMALL), source.scan(SMALL), copied(source).scan(SMALL)
        assert _identity(second) == _identity(first)
        assert _identity(elsewhere) == _identity(first)

    def test_fingerprint_follows_the_data(self, tmp_path: Path) -> None:
        before = self.make_source(tmp_path, sample(500)).scan(SMALL).fingerprint
        after = self.make_source(tmp_path, sample(600)).scan(SMALL).fingerprint
        assert before is None or before != after, "other data, the same fingerprint"

    def test_partitions_travel_as_json(self, tmp_path: Path) -> None:
        scan = self.make_source(tmp_path, sample(500)).scan(SMALL)
        ids = [partition.id for partition in scan.partitions]
        assert len(set(ids)) == len(ids), f"two partitions share an id: {ids}"
        for partition in scan.partitions:
            assert json.loads(json.dumps(partition.spec)) == partition.spec, f"{partition.id} changes as JSON"

    def test_absorbs_what_the_spec_claims(self, tmp_path: Path) -> None:
        source = self.make_source(tmp_path, sample(100))
        known = {"columns", "filter", "limit"}
        assert source.spec.absorbs <= known, f"absorbs names strangers: {set(source.spec.absorbs - known)}"
        names = source.scan(ReadRequest()).schema.names
        asked: dict[str, Any] = {"columns": (names[0],), "filter": parse_predicate(f'"{names[0]}" > 5'), "limit": 3}
        for part, value in asked.items():
            absorbed = source.scan(replace(SMALL, **{part: value})).absorbed
            took = getattr(absorbed, part) == value
            assert took == (part in source.spec.absorbs), f"the spec and the scan disagree about absorbing {part}"

    # -- fidelity

    def test_types_survive(self, tmp_path: Path) -> None:
        if self.keeps == "count":
            pytest.skip("this source has a schema of its own")
        table = every_type(self.types)
        scan, rows = read_all(self.make_source(tmp_path, table), SMALL)
        require_same_schema(scan.schema, table.schema, "types")
        if self.keeps == "rows":
            require_same_rows(rows, table, "values of every type")

    def test_awkward_column_names(self, tmp_path: Path) -> None:
        if self.keeps == "count":
            pytest.skip("this source has a schema of its own")
        table = pa.table({name: pa.array([i, i + 1], pa.int64()) for i, name in enumerate(self.awkward_names)})
        source = self.make_source(tmp_path, table)
        scan, rows = read_all(source, SMALL)
        assert scan.schema.names == table.column_names
        if self.keeps == "rows":
            require_same_rows(rows, table, "awkward names")
        for name in self.awkward_names:
            require_pushdown(source, rows, replace(SMALL, columns=(name,)))

    def test_no_rows_keep_their_schema(self, tmp_path: Path) -> None:
        table = sample(0)
        scan, rows = read_all(self.make_source(tmp_path, table), SMALL)
        assert rows.num_rows == 0
        if self.keeps != "count":
            require_same_schema(scan.schema, table.schema, "a source without rows")


def _identity(scan: Scan) -> tuple[object, ...]:
    return scan.schema, scan.partitions, scan.absorbed, scan.fingerprint, scan.rows_estimate, scan.bounded
