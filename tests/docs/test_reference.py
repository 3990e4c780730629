"""The reference is complete: what exists has its place in it, and what is generated is up to date."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

import conduit
from conduit import errors
from conduit.core import events
from conduit.engine.report import ResourceReport, RunReport
from conduit.pipeline import Pipeline
from conduit.registry import destination_names, source_names

from .pages import PROJECT

REFERENCE = PROJECT / "docs" / "reference"


@pytest.fixture(scope="module")
def generated() -> dict[str, str]:
    pages: Callable[[], dict[str, str]] = runpy.run_path(str(REFERENCE / "generate.py"))["pages"]
    return pages()


def test_generated_pages_are_up_to_date(generated: dict[str, str]) -> None:
    """When this fails: `python docs/reference/generate.py`."""
    old = [path for path, text in generated.items() if not _is(path, text)]
    extra = [path.name for path in (REFERENCE / "connectors").iterdir() if f"connectors/{path.name}" not in generated]
    assert (old, extra) == ([], [])


def test_every_connector_has_a_page(generated: dict[str, str]) -> None:
    built_in = [name for name in {*source_names(), *destination_names()} if _module(name).exists()]
    assert [name for name in built_in if f"connectors/{name}.md" not in generated] == []
    assert [name for name in built_in if f"]({name}.md)" not in generated["connectors/index.md"]] == []


def test_every_event_and_every_field_of_it_is_described(generated: dict[str, str]) -> None:
    kinds = [kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, events.Event)]
    page = generated["events.md"]
    assert [kind.__name__ for kind in kinds if kind is not events.Event and f"\n## {kind.__name__}\n" not in page] == []
    fields = {name for kind in kinds for name in kind.__dataclass_fields__}
    assert [name for name in sorted(fields) if f"\n| `{name}` |" not in page] == []


def test_every_error_is_described_once_and_has_a_code_of_its_own(generated: dict[str, str]) -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.ConduitError)]
    codes = [kind.code for kind in kinds]
    assert len(set(codes)) == len(codes)
    page = generated["errors.md"]
    rows = [f"| `{kind.code}` | `{kind.__name__}` |" for kind in kinds if kind is not errors.ConduitError]
    assert [row for row in rows if page.count(row) != 1] == []


def test_every_public_name_of_python_is_described() -> None:
    page = (REFERENCE / "python-api.md").read_text("utf-8")
    names = {f"conduit.{name}" for name in conduit.__all__}
    names |= {f".{name}" for name in vars(Pipeline) if _is_public(name) and name not in Pipeline.__dataclass_fields__}
    assert sorted(name for name in names if f"`{name}" not in page) == []


@pytest.mark.parametrize("report", [RunReport, ResourceReport], ids=lambda report: report.__name__)
def test_every_field_of_a_report_is_described(report: type) -> None:
    section = (REFERENCE / "python-api.md").read_text("utf-8").split(f"# {report.__name__}\n")[1].split("\n#")[0]
    fields = {name for name in vars(report) if _is_public(name)} - {"as_dict"}
    assert sorted(name for name in fields if f"\n| `{name}` |" not in section) == []


def _is(path: str, text: str) -> bool:
    page = REFERENCE / path
    return page.exists() and page.read_text("utf-8") == text


def _module(name: str) -> Path:
    return PROJECT / "conduit" / "connectors" / f"{name}.py"


def _is_public(name: str) -> bool:
    return not name.startswith("_")
