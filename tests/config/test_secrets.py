"""A secret is in no message, whatever is wrong with it: messages end in logs, tickets and chats."""

from __future__ import annotations

from pathlib import Path

import pytest

from conduit.errors import ConfigError

from .catalogue import load

SECRET = "hunter2000"
SHOP = """\
sources:
  - name: shop
    type: postgresql
    table: orders
    {line}
destinations: [{{name: lake, type: files, path: lake/}}]
resources: [{{name: orders, source: shop, destination: lake}}]
"""


@pytest.mark.parametrize(
    ("line", "about"),
    [
        (f"password: [{SECRET}]", '"password"'),
        (f"password: {{a: {SECRET}}}", '"password"'),
        ("port: ${SECRET}", '"port" of source "shop" (postgresql) must be a whole number, not "${SECRET}"'),
        ("pin: ${SECRET}", '"pin" of source "shop" (postgresql) is not valid (its value is not shown)'),
        (f"port: ${{GONE:-{SECRET}}}", 'must be a whole number, not "${GONE}"'),
        ("type: ${SECRET}", "duplicate key"),
        (f"key_id: {SECRET}", '"key_id" of source "shop" (postgresql) must be a whole number'),
        (f"passwrod: {SECRET}", 'unknown option "passwrod"'),
        (f"api_key: {SECRET}", 'unknown option "api_key"'),
        (f"host: [{SECRET}", "is not closed"),
        (f"host: *{SECRET}", "an anchor that does not exist"),
        (f"host: !{SECRET} x", "a YAML tag"),
        (f"port: postgres://user:{SECRET}@host/db", '"postgres://***@host/db"'),
    ],
)
def test_a_secret_is_never_repeated(tmp_path: Path, line: str, about: str) -> None:
    with pytest.raises(ConfigError) as failed:
        load(tmp_path, SHOP.format(line=line), {"SECRET": SECRET})
    assert about in str(failed.value)
    assert SECRET not in str(failed.value)


@pytest.mark.parametrize(
    "text",
    [
        "sources: [{name: a, type: '${SECRET}'}]\n",
        "sources: [{name: '${SECRET}', type: files}]\n",
        "resources: [{name: a, source: '${SECRET}', depends_on: '${SECRET}', cast: {a: '${SECRET}'}}]\n",
        "resources: [{name: a, destination: b, mode: '${SECRET}', quality_checks: [{check: '${SECRET}'}]}]\n",
        "resources: [{name: '${SECRET}', source: 1, destination: b}, {name: '${SECRET}', depends_on: '${SECRET}'}]\n",
        "memory: ${SECRET}\n",
        "${SECRET}: 1\n",
    ],
)
def test_what_the_environment_gave_is_never_repeated(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError) as failed:
        load(tmp_path, text, {"SECRET": SECRET})
    assert SECRET not in str(failed.value)


def test_a_secret_is_not_in_the_text_of_a_loaded_project(tmp_path: Path) -> None:
    project = load(tmp_path, SHOP.format(line="password: ${SECRET}"), {"SECRET": SECRET})
    assert SECRET not in repr(project)


def test_what_the_environment_gave_is_not_compared_with_names(tmp_path: Path) -> None:
    """ "Did you mean" tells of what it was asked about."""
    with pytest.raises(ConfigError) as failed:
        load(tmp_path, "sources: [{name: a, type: '${KIND}'}]\n", {"KIND": "filez"})
    assert 'there is no source of type "${KIND}". Known:' in str(failed.value)
