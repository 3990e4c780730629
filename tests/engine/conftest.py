"""The doubles of the engine's tests, known by their names for the length of a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from conduit import registry

from .projects import plug


@pytest.fixture
def plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for a project; `pieces`, `forgetsrows` and `folder` are connectors."""
    monkeypatch.syspath_prepend(plug(tmp_path / "plugged"))
    registry._plugged.cache_clear()
    yield tmp_path
    registry._plugged.cache_clear()
