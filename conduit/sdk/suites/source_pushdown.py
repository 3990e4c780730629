"""What a source owes its callers when it takes over a part of a request: the rows that applying it later gives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from conduit.core.predicate import parse_predicate
from conduit.sdk.suites.examples import sample
from conduit.sdk.suites.reading import read_all, require_pushdown
from conduit.sdk.suites.source_recipes import SMALL, SourceRecipes


class PushdownBehaviours(SourceRecipes):
    """Part of `SourceSuite`."""

    def test_columns_equal_selecting_afterwards(self, tmp_path: Path) -> None:
        source = self.make_source(tmp_path, sample(1_000))
        whole = read_all(source, SMALL)[1]
        for names in (whole.column_names[:1], whole.column_names[::-1], whole.column_names[1:]):
            require_pushdown(source, whole, replace(SMALL, columns=tuple(names)))

    def test_filter_equals_filtering_afterwards(self, tmp_path: Path) -> None:
        source = self.make_source(tmp_path, sample(1_000))
        whole = read_all(source, SMALL)[1]
        for text in self.filters:
            require_pushdown(source, whole, replace(SMALL, filter=parse_predicate(text)))

    def test_limit_equals_limiting_afterwards(self, tmp_path: Path) -> None:
        source = self.make_source(tmp_path, sample(1_000))
        whole = read_all(source, SMALL)[1]
        for limit in (0, 1, 333, 5_000):
            require_pushdown(source, whole, replace(SMALL, limit=limit))

    def test_limit_counts_the_filtered_rows(self, tmp_path: Path) -> None:
        source = self.make_source(tmp_path, sample(1_000))
        whole = read_all(source, SMALL)[1]
        for text in self.filters:
            request = replace(SMALL, columns=tuple(whole.column_names), filter=parse_predicate(text), limit=7)
            require_pushdown(source, whole, request)
