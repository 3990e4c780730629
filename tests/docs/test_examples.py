"""What a reader copies from a page is valid: configurations load, Python compiles."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from conduit.config.load import load_project
from conduit.registry import destination_names

from .pages import Block, blocks

_SECTIONS = {"sources", "destinations", "resources"}
_CHECKS = {"quality_checks", "checks"}
YAML = blocks("yaml", "yml")


@pytest.mark.parametrize("block", YAML, ids=str)
def test_a_configuration_loads(block: Block, tmp_path: Path) -> None:
    """A fragment is completed with what it leaves out; other YAML (a workflow of CI) must at least parse."""
    shown = yaml.safe_load(block.text)
    if not isinstance(shown, dict) or not shown.keys() & (_SECTIONS | _CHECKS):
        return
    variables = dict.fromkeys(re.findall(r"\$\{(\w+)", block.text), "value")
    config = tmp_path / "ingest.yml"
    config.write_text(block.text if shown.keys() >= _SECTIONS else yaml.safe_dump(_completed(shown)))
    assert load_project(config, environment=variables).resources


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_python_compiles(block: Block) -> None:
    compile(block.text, str(block), "exec")


def test_there_are_examples_to_look_at() -> None:
    assert sum((yaml.safe_load(block.text) or {}).keys() >= _SECTIONS for block in YAML) >= 5


def _completed(shown: dict[str, Any]) -> dict[str, Any]:
    """A fragment with the sources, destinations and resources that it speaks of or lacks."""
    whole = dict(shown)
    checks = {key: whole.pop(key) for key in _CHECKS & whole.keys()}
    resources = whole.setdefault("resources", [])
    used = {side: {resource[side] for resource in resources if side in resource} for side in ("source", "destination")}
    sources = whole.setdefault("sources", [])
    destinations = whole.setdefault("destinations", [])
    sources += [_stand_in(name, "dummysource") for name in used["source"] - _names(sources)]
    destinations += [_stand_in(name, "duckdb") for name in used["destination"] - _names(destinations)]
    for number, resource in enumerate(resources):
        resource.setdefault("name", f"resource_{number}")
        resource.setdefault("source", _some(sources, "dummysource"))
        resource.setdefault("destination", _some(destinations, "duckdb"))
    resources += [
        {"name": f"from_{source['name']}", "source": source["name"], "destination": _some(destinations, "duckdb")}
        for source in sources
        if not resources or source["name"] not in used["source"]
    ]
    if not resources:
        resources.append(
            {"name": "all", "source": _some(sources, "dummysource"), "destination": _some(destinations, "duckdb")}
        )
    resources[0].update(checks)
    return whole


def _some(entries: list[dict[str, Any]], kind: str) -> str:
    """The name of an entry that is there, or of a stand-in that is added."""
    if not entries:
        entries.append(_stand_in("stand_in", kind))
    return str(entries[0]["name"])


def _stand_in(name: str, kind: str) -> dict[str, Any]:
    return {"name": name, "type": kind, **({"path": "stand-in.duckdb"} if kind in destination_names() else {})}


def _names(entries: list[dict[str, Any]]) -> set[str]:
    return {entry["name"] for entry in entries}
