"""A query on a resource: v1.0 has one everywhere, so an empty one is nothing, and a real one is never ignored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .catalogue import load, problems, with_resource

SHOP = """\
sources:
  - {{name: shop, type: postgres{source}}}
destinations:
  - {{name: lake, type: files, path: lake/}}
resources:
  - {{name: orders, source: shop, destination: lake{resource}}}
"""


def options(folder: Path, source: str, resource: str) -> dict[str, Any]:
    return load(folder, SHOP.format(source=source, resource=resource)).resources[0].source.options.model_dump()


@pytest.mark.parametrize("query", ["n/a", "N/A", '""', '"  "', "null", ""])
def test_an_empty_query_is_ignored(tmp_path: Path, query: str) -> None:
    assert load(tmp_path, with_resource(f"query: {query}")).resources[0].source.type == "files"


def test_a_real_query_of_a_file_is_a_problem(tmp_path: Path) -> None:
    assert problems(tmp_path, with_resource("query: select 1")) == [
        (
            '13:5: key "query" of resource "orders" has no meaning for source "orders" (files), which takes no query. '
            "Remove it; `columns`, `filter` and `limit` shape what is read."
        )
    ]


def test_a_query_becomes_the_source_s(tmp_path: Path) -> None:
    """The source alone is incomplete, which is how every v1.0 file with a database looks."""
    found = options(tmp_path, "", ", query: select 1")
    assert (found["query"], found["table"]) == ("select 1", None)


def test_a_query_takes_the_place_of_the_source_s_table_and_query(tmp_path: Path) -> None:
    assert options(tmp_path, ", table: t", ", query: select 1")["table"] is None
    assert options(tmp_path, ", query: select 2", ", query: select 1")["query"] == "select 1"
    assert options(tmp_path, ", table: t", "")["table"] == "t"


def test_a_source_without_table_or_query_is_told_once_for_all_its_resources(tmp_path: Path) -> None:
    text = SHOP.format(source="", resource="") + "  - {name: more, source: shop, destination: lake}\n"
    assert problems(tmp_path, text) == [
        '2:5: source "shop" (postgresql) needs `table` or `query`, and not both'.replace("postgresql", "postgres")
    ]


def test_an_alias_is_resolved_to_the_connector_s_name(tmp_path: Path) -> None:
    project = load(tmp_path, SHOP.format(source=", table: t", resource=""))
    assert project.resources[0].source.type == "postgresql"
