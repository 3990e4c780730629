"""A database's URL says which connector is meant, and never shows what is in it."""

from __future__ import annotations

import pytest

import conduit
from conduit.errors import ConduitError, UnknownName

URL = "postgresql://loader:hidden@127.0.0.1:1/shop"


@pytest.mark.parametrize("url", [URL, URL.replace("postgresql", "postgres")])
def test_a_url_is_read_by_its_own_connector(url: str) -> None:
    pipeline = conduit.read(url, table="orders")
    assert (pipeline.source.type, pipeline.source.name) == ("postgresql", "orders")
    assert "hidden" not in f"{pipeline!r}{pipeline.source!r}{pipeline.to_yaml()}"


def test_a_url_is_written_by_its_own_connector() -> None:
    resource = conduit.read("generate", rows=1).resource(URL, options={"table": "orders"})
    assert resource.destination.type == "postgresql"
    assert "hidden" not in repr(resource)


def test_another_connector_keeps_its_say() -> None:
    with pytest.raises(ConduitError):
        conduit.read(URL, type="csv").to_arrow()


def test_a_url_that_nobody_knows_is_shown_without_its_password() -> None:
    with pytest.raises(UnknownName) as unknown:
        conduit.read("mysql://loader:hidden@127.0.0.1/shop")
    assert "hidden" not in str(unknown.value)
    assert "mysql://***@127.0.0.1/shop" in str(unknown.value)
