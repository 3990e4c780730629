"""The reference names every key there is, and its examples are configurations that load."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conduit.config import yaml_text
from conduit.config.contracts import ContractKeys, EvolutionKeys
from conduit.config.legacy import INSTEAD, LATER, TRUE_ANYWAY
from conduit.config.load import load_project
from conduit.config.models import DestinationKeys, DlqKeys, ProjectKeys, ResourceKeys
from conduit.config.spelling import known_keys

PAGE = (Path(__file__).parents[2] / "docs/reference/configuration.md").read_text()
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("model", [ProjectKeys, ResourceKeys, DestinationKeys, DlqKeys, EvolutionKeys, ContractKeys])
def test_every_key_is_in_the_reference(model: type) -> None:
    assert [key for key in known_keys(model) if f"`{key}`" not in PAGE] == []


def test_every_key_of_other_releases_is_in_the_reference() -> None:
    keys = {key for table in (LATER, INSTEAD, TRUE_ANYWAY) for keys in table.values() for key in keys}
    assert [key for key in sorted(keys) if f"`{key}" not in PAGE] == []


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_loads(tmp_path: Path, number: int) -> None:
    (tmp_path / "ingest.yml").write_text(EXAMPLES[number])
    assert load_project(tmp_path / "ingest.yml", environment={}).resources[0].name == "orders"


def test_the_limits_are_those_of_the_reader() -> None:
    assert (
        f"{yaml_text.MAX_BYTES // 1024} KiB, {yaml_text.MAX_TOKENS:,} tokens and {yaml_text.MAX_DEPTH} levels" in PAGE
    )
    assert f"at most {yaml_text.MAX_VALUES:,} values" in PAGE
