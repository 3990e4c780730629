"""Completion happens while a person types: it offers what is there and must never fail or print."""

from __future__ import annotations

from pathlib import Path

import pytest

from conduit.cli.configuration import resource_names

from .processes import conduit

CONFIG = """
sources: [{name: s, type: csv, path: "*.csv"}]
resources:
  - {name: orders, source: s}
  - {name: order_lines, source: s}
  - {name: no, source: s}
"""


def _completed(line: str, cwd: Path) -> list[str]:
    done = conduit(
        cwd=cwd, _CONDUIT_COMPLETE="bash_complete", COMP_WORDS=line, COMP_CWORD=str(len(line.split(" ")) - 1)
    )
    assert done.stderr == ""
    return [answer.split(",")[1] for answer in done.stdout.splitlines()]


def test_resources_of_the_configuration_here_are_offered(tmp_path: Path) -> None:
    (tmp_path / "ingest.yml").write_text(CONFIG)
    assert _completed("conduit run -r ", tmp_path) == ["orders", "order_lines", "no"]
    assert _completed("conduit run --resource order_", tmp_path) == ["order_lines"]


def test_resources_of_the_named_configuration_are_offered(tmp_path: Path) -> None:
    (tmp_path / "other.yml").write_text(CONFIG)
    assert _completed("conduit run other.yml -r o", tmp_path) == ["orders", "order_lines"]


def test_resources_to_show_the_schema_of_are_offered(tmp_path: Path) -> None:
    (tmp_path / "ingest.yml").write_text(CONFIG)
    (tmp_path / "other.yml").write_text(CONFIG.replace("orders", "items"))
    assert _completed("conduit schema ord", tmp_path) == ["orders", "order_lines"]
    assert _completed("conduit schema --file other.yml it", tmp_path) == ["items"]


def test_what_was_chosen_is_not_offered_again(tmp_path: Path) -> None:
    (tmp_path / "ingest.yml").write_text(CONFIG)
    assert _completed("conduit run -r orders -r o", tmp_path) == ["order_lines"]


def test_resources_are_offered_as_arguments(tmp_path: Path) -> None:
    (tmp_path / "ingest.yml").write_text(CONFIG)
    (tmp_path / "other.yml").write_text("resources: [{name: shops}]")
    assert _completed("conduit plan ", tmp_path) == ["orders", "order_lines", "no"]
    assert _completed("conduit validate orders o", tmp_path) == ["order_lines"]
    assert _completed("conduit schema-compare order", tmp_path) == ["orders", "order_lines"]
    assert _completed("conduit plan --file other.yml s", tmp_path) == ["shops"]


def test_commands_and_connectors_are_offered(tmp_path: Path) -> None:
    assert _completed("conduit con", tmp_path) == ["connectors"]
    assert "generate" in _completed("conduit connectors show gen", tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"", b"resources: 3", b"resources: [3, {name: [x]}]", b"\xff\xfe\x00", b"a: [", b"[" * 50_000, b"&a [*a, *a]"],
    ids=["empty", "a number", "odd entries", "binary", "unclosed", "deeply nested", "recursive"],
)  # fmt: skip
def test_a_broken_configuration_completes_to_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "ingest.yml").write_bytes(content)
    assert resource_names(str(tmp_path / "ingest.yml")) == []


def test_an_absent_or_huge_configuration_completes_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "huge.yml").write_bytes(b"resources: [{name: a}]\n" + b"#" * (1 << 20))
    assert resource_names(str(tmp_path / "huge.yml")) == []
    assert resource_names(str(tmp_path / "absent.yml")) == []
