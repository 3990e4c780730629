"""Settings of the whole file, keys that are accepted and ignored, and keys that this version must refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from conduit.config.project import DEFAULT_MEMORY, DlqSettings
from conduit.config.sizes import parse_size, size_text

from .catalogue import VALID, load, problems, with_resource


def test_defaults_are_those_of_the_project(tmp_path: Path) -> None:
    project = load(tmp_path, VALID)
    assert (project.memory, project.jobs) == (DEFAULT_MEMORY, None)
    assert project.resources[0].dlq == DlqSettings()


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("512MB", 512_000_000),
        ("512 mb", 512_000_000),
        ("1.5GiB", 3 << 29),
        ("2GB", 2_000_000_000),
        ("100000000", 100_000_000),
        ("'100000000'", 100_000_000),
        ("64MB", 64_000_000),
    ],
)
def test_memory_is_bytes_or_a_size(tmp_path: Path, written: str, size: int) -> None:
    assert load(tmp_path, f"{VALID}memory: {written}\n").memory == size


@pytest.mark.parametrize("size", [1, 999, 1 << 30, 3 << 20, 64_000_000, 5 * 10**9, 268435456])
def test_a_size_is_written_as_it_is_read(size: int) -> None:
    assert parse_size(size_text(size)) == size


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("memory: 10MB", '13:9: key "memory" of the configuration must be at least 64MB'),
        ("memory: lots", '13:9: key "memory" of the configuration is not a size: write a number of bytes'),
        ("memory: true", '13:9: key "memory" of the configuration is not a size'),
        ("memory: [1]", '13:9: key "memory" of the configuration is not a size'),
        ("jobs: 0", '13:7: key "jobs" of the configuration must be at least 1, not 0'),
        ("jobs: many", '13:7: key "jobs" of the configuration must be a whole number, not "many"'),
        (
            "dlq: {max_file_bytes: 1}",
            '13:23: key "dlq.max_file_bytes" of the configuration must be at least 65536, not 1',
        ),
        ("dlq: on", '13:6: key "dlq" of the configuration must be a mapping of keys to values, not "on"'),
        ("recources: []", '13:1: unknown key "recources" of the configuration. Did you mean "resources"?'),
    ],
)
def test_a_wrong_setting_is_placed_and_explained(tmp_path: Path, line: str, expected: str) -> None:
    found = problems(tmp_path, f"{VALID}{line}\n")
    assert len(found) == 1
    assert found[0].startswith(expected)


def test_the_file_s_dlq_is_inherited_key_by_key(tmp_path: Path) -> None:
    text = with_resource("dlq: {keep_runs: 3}") + "dlq: {path: rejects, keep_runs: 9, max_file_bytes: 1MiB}\njobs: 4\n"
    project = load(tmp_path, text)
    assert project.resources[0].dlq == DlqSettings(f"{tmp_path}/rejects", 1 << 20, keep_runs=3)
    assert project.jobs == 4


def test_version_project_and_extensions_are_ignored(tmp_path: Path) -> None:
    text = 'version: "1.0"\nproject: {name: a, anything: [1]}\nx-shared: &shared {tags: [a]}\n'
    text += "parallel_extraction: {enabled: true}\n"
    project = load(tmp_path, text + with_resource("<<: *shared"))
    assert project.resources[0].tags == ("a",)


LATER = "is not supported by this version"


@pytest.mark.parametrize("key", ["observability", "workflows", "profiles", "defaults", "include"])
def test_top_level_keys_of_later_releases_are_refused(tmp_path: Path, key: str) -> None:
    assert problems(tmp_path, f"{VALID}{key}: {{}}\n")[0].startswith(f'13:1: key "{key}" of the configuration {LATER}')


@pytest.mark.parametrize(
    "line",
    [
        "incremental_column: id",
        "incremental: {column: id}",
        "checkpoint_interval: 10",
        "resume: true",
        "post_hooks: []",
    ],
)
def test_resource_keys_of_later_releases_are_refused(tmp_path: Path, line: str) -> None:
    """A load that silently is not incremental doubles every row of an append."""
    found = problems(tmp_path, with_resource(line))
    assert found[0].startswith(f'13:5: key "{line.split(":")[0]}" of resource "orders" {LATER}')


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("auto_create_table: true", ""),
        ("update_strategy: update_all", ""),
        ("enable_type_coercion: true", ""),
        ("auto_create_table: false", "A table that is absent is always created"),
        ("checkpoint_interval: 10", LATER),
        ("custom_null_values: [NA]", "Set the NULL spellings on the source"),
    ],
)
def test_a_1_0_key_is_accepted_only_where_it_says_what_holds_anyway(tmp_path: Path, line: str, said: str) -> None:
    text = VALID.replace("    path: lake/\n", f"    path: lake/\n    {line}\n")
    if said:
        assert said in problems(tmp_path, text)[0]
    else:
        assert (
            load(tmp_path, text).resources
            == load(tmp_path, VALID.replace("path: lake/\n", "path: lake/\n\n")).resources
        )


@pytest.mark.parametrize("line", ["infer_schema: true", "schema_sample_size: 500", "resume: false"])
def test_harmless_1_0_keys_of_a_source_are_accepted(tmp_path: Path, line: str) -> None:
    assert load(tmp_path, VALID.replace("    path: data/", f"    {line}\n    path: data/")).resources


def test_a_key_that_the_connector_knows_is_the_connector_s(tmp_path: Path) -> None:
    text = VALID.replace("type: files\n    path: lake/", "type: postgresql\n    isolation_level: SERIALIZABLE")
    assert load(tmp_path, text).resources[0].destination.options.model_dump()["isolation_level"] == "SERIALIZABLE"
    assert "in every isolation level" in problems(tmp_path, text.replace("postgresql", "files\n    path: lake/"))[0]
