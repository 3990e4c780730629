"""`.to_yaml()` is the same pipeline as a file: loading it gives the same project, and no secret is in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conduit.config.project import DlqSettings, Endpoint, Project, Resource
from conduit.config.render import project_to_yaml, resource_to_yaml
from conduit.core.options import SecretStr
from conduit.core.spec import WriteMode
from conduit.errors import UsageError
from conduit.quality.model import Enum, Expression, Length, NotNull, Range, Regex, Type, Unique
from conduit.schema.contract import Contract

from .catalogue import VALID, FilesOptions, ShopOptions, ShopSourceOptions, load, with_resource

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(str.strip)
NAMES = TEXT.filter(lambda text: text.isprintable() and not {"/", "\\"} & set(text) and text not in (".", ".."))
NASTY = st.sampled_from(
    ["no", "1e3", "0o14", "~", "null", "${A}", "$$", "- a", "a: b", "#", "2024-01-01", "<<", "'", "\t"]
)
COLUMNS = st.lists(TEXT | NASTY, min_size=1, max_size=3, unique=True).map(tuple)

CHECKS = st.one_of(
    st.builds(NotNull, column=TEXT | NASTY, action=st.sampled_from(["fail", "warn", "dlq"])),
    st.builds(Regex, column=TEXT, pattern=st.sampled_from(["^a$", "^[^@]+@[^@]+$", "a$$", r"^\$\{x\}$"])),
    st.builds(Range, column=TEXT, min=st.integers() | st.floats(allow_nan=False)),
    st.builds(
        Enum, column=TEXT, allowed_values=st.lists(TEXT | NASTY | st.integers() | st.booleans(), min_size=1).map(tuple)
    ),
    st.builds(Length, column=TEXT, max=st.integers(0, 9)),
    st.builds(Expression, expression=st.sampled_from(["a > 0", "a <> '${B}'"])),
    st.builds(Type, column=TEXT, type=st.sampled_from(["int64", "decimal(12,2)", "timestamp[us, UTC]"])),
    st.builds(
        Unique,
        columns=COLUMNS,
        action=st.just("dlq"),
        max_failures=st.none() | st.integers(0, 9),
        against=st.sampled_from(["run", "destination"]),
    ),
)
FILES = st.builds(
    Endpoint,
    name=NAMES | NASTY,
    type=st.just("files"),
    options=st.builds(
        FilesOptions,
        path=TEXT.map(lambda text: "/" + text.replace("://", "")),
        delimiter=st.sampled_from([",", ";", "\t", "|", "${", "$"]),
        header=st.booleans(),
        skip_rows=st.integers(0, 99),
        columns=st.dictionaries(TEXT | NASTY, st.sampled_from(["int64", "text"]), max_size=2),
    ),
)
SHOPS = st.builds(
    Endpoint,
    name=NAMES,
    type=st.just("postgresql"),
    options=st.builds(
        lambda query, schema: ShopSourceOptions(query=query, schema=schema), TEXT.filter(lambda t: t != "n/a"), TEXT
    ),
)
LAKE = Endpoint("lake", "postgresql", ShopOptions())
DLQS = st.builds(
    DlqSettings,
    path=st.none() | st.just("/rejects"),
    max_file_bytes=st.integers(1 << 16, 1 << 30),
    keep_runs=st.none() | st.just(3),
)
RULES = st.sampled_from(["evolve", "freeze", "reject_row", "reject_value"])
RULES_OF = st.dictionaries(TEXT | NASTY, RULES, max_size=2).map(lambda rules: {**rules, "email": "freeze"})
ASKED = {"validate": st.booleans(), "strict": st.booleans(), "required_columns": st.just(()) | COLUMNS}
CONTRACTS = st.builds(Contract, **ASKED) | st.builds(
    Contract,
    enabled=st.just(True),
    mode=st.sampled_from(["auto", "manual", "warn"]),
    tables=RULES,
    columns=RULES,
    types=RULES,
    of_columns=st.just({}) | RULES_OF,
    of_types=st.just({}) | RULES_OF,
    on_removed_column=st.sampled_from(["ignore", "warn", "fail"]),
    **ASKED,
)
RESOURCES = st.builds(
    Resource,
    name=NAMES,
    source=FILES | SHOPS,
    destination=st.just(LAKE),
    table=st.none() | TEXT,
    mode=st.sampled_from([None, WriteMode.APPEND, WriteMode.FULL_REFRESH]),
    keys=st.just(()) | COLUMNS,
    update_columns=st.none() | COLUMNS,
    columns=st.none() | COLUMNS,
    rename=st.dictionaries(TEXT | NASTY, TEXT, max_size=1),
    cast=st.dictionaries(TEXT | NASTY, st.sampled_from(["int64", "decimal(12,2)"]), max_size=2),
    filter=st.none() | TEXT,
    limit=st.none() | st.integers(0, 9**9),
    checks=st.lists(CHECKS, max_size=3).map(tuple),
    max_failures=st.none() | st.integers(0, 9),
    max_failure_rate=st.none() | st.floats(0, 1),
    on_reject=st.sampled_from(["dlq", "fail"]),
    on_type_error=st.sampled_from(["dlq", "fail", "null"]),
    dlq=DLQS,
    contract=CONTRACTS,
    naming=st.sampled_from(["preserve", "snake_case"]),
    tags=st.just(()) | COLUMNS,
    description=st.just("") | TEXT,
)  # fmt: skip


def placeless(resource: Resource) -> Resource:
    """A resource without the names and places of its ends, which a rendering is free to choose."""
    source = replace(resource.source, place="", name="")
    return replace(resource, place="", source=source, destination=replace(resource.destination, place="", name=""))


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    resources=st.lists(RESOURCES, min_size=1, max_size=3, unique_by=lambda r: r.name),
    memory=st.integers(64 * 10**6, 1 << 40),
)
def test_a_rendered_project_loads_as_the_same_project(tmp_path: Path, resources: list[Resource], memory: int) -> None:
    project = Project(tuple(resources), tmp_path, tmp_path / ".conduit", memory=memory, jobs=2)
    loaded = load(tmp_path, project_to_yaml(project))
    assert [placeless(r) for r in loaded.resources] == [placeless(r) for r in resources]
    assert (loaded.memory, loaded.jobs, loaded.state_dir) == (memory, 2, project.state_dir)


def test_only_what_differs_from_the_defaults_is_written(tmp_path: Path) -> None:
    rendered = yaml.safe_load(project_to_yaml(load(tmp_path, VALID)))
    assert rendered == {
        "sources": [{"name": "orders", "type": "files", "path": f"{tmp_path}/data/orders.csv"}],
        "destinations": [{"name": "lake", "type": "files", "path": f"{tmp_path}/lake/"}],
        "resources": [{"name": "orders", "source": "orders", "destination": "lake"}],
    }


def test_one_resource_brings_its_ends(tmp_path: Path) -> None:
    resource = load(tmp_path, with_resource("limit: 5")).resources[0]
    assert placeless(load(tmp_path, resource_to_yaml(resource)).resources[0]) == placeless(resource)


def shop(**options: Any) -> Endpoint:
    return Endpoint("shop", "postgresql", ShopSourceOptions(**options))


def test_a_secret_is_a_placeholder_that_the_environment_fills(tmp_path: Path) -> None:
    resource = Resource("orders", shop(table="t", password=SecretStr("hunter2")), LAKE)
    text = resource_to_yaml(resource)
    assert "hunter2" not in text
    assert placeless(load(tmp_path, text, {"SHOP_PASSWORD": "hunter2"}).resources[0]) == placeless(resource)


@pytest.mark.parametrize(
    "storage",
    [{"secret": "hunter2"}, {"client": {"token": "hunter2"}}, {"proxy": "http://me:hunter2@proxy/"}, {"key": 1234567}],
)
def test_a_secret_inside_other_options_is_a_placeholder(storage: dict[str, Any]) -> None:
    source = Endpoint("lake", "files", FilesOptions(path="s3://lake/", storage_options=storage))
    text = resource_to_yaml(Resource("orders", source, LAKE))
    assert "hunter2" not in text
    assert "1234567" not in text
    assert "${LAKE_STORAGE_OPTIONS_" in text


def test_one_source_serves_resources_with_and_without_a_query(tmp_path: Path) -> None:
    resources = (
        Resource("asked", shop(query="select 1"), LAKE),
        Resource("whole", shop(table="t"), LAKE),
        Resource("other", shop(query="select 2"), LAKE),
    )
    text = project_to_yaml(Project(resources, tmp_path, tmp_path / ".conduit"))
    assert [source["name"] for source in yaml.safe_load(text)["sources"]] == ["shop"]
    assert [placeless(r) for r in load(tmp_path, text).resources] == [placeless(r) for r in resources]


def test_sources_that_share_a_name_only_get_names_of_their_own(tmp_path: Path) -> None:
    resources = (Resource("a", shop(table="t"), LAKE), Resource("b", shop(table="u"), LAKE))
    text = project_to_yaml(Project(resources, tmp_path, tmp_path / ".conduit"))
    assert [source["name"] for source in yaml.safe_load(text)["sources"]] == ["shop", "shop_2"]
    assert [placeless(r) for r in load(tmp_path, text).resources] == [placeless(r) for r in resources]


def test_an_object_in_memory_cannot_be_written_in_a_file() -> None:
    """A text that stands for it would load as something else."""
    source = Endpoint("frame", "files", FilesOptions(path="a", storage_options={"session": object()}))
    with pytest.raises(UsageError, match='"session" holds an object of Python'):
        resource_to_yaml(Resource("orders", source, LAKE))


def test_a_pattern_that_looks_like_a_url_is_no_secret(tmp_path: Path) -> None:
    resource = Resource("orders", shop(table="t"), LAKE, checks=(Regex(column="url", pattern="^https?://.*@"),))
    assert placeless(load(tmp_path, resource_to_yaml(resource)).resources[0]) == placeless(resource)
