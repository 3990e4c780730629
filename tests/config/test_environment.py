"""`${VAR}` puts text into text: after parsing, so that no value of a variable can add a key, a comment or a type."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .catalogue import VALID, load, problems

SHOP = """\
sources:
  - name: shop
    type: postgres
    table: orders
    host: HOST
    port: PORT
destinations: [{name: lake, type: files, path: lake/}]
resources: [{name: orders, source: shop, destination: lake}]
"""


def host(folder: Path, written: str, environment: dict[str, str] | None = None) -> str:
    text = SHOP.replace("HOST", written).replace("PORT", "1")
    found = load(folder, text, environment).resources[0].source.options.model_dump()["host"]
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("${NAME}", "db"),
        ("a-${NAME}.b-${NAME}", "a-db.b-db"),
        ("${GONE:-fallback}", "fallback"),
        ("${EMPTY:-fallback}", "fallback"),
        ("${EMPTY}x", "x"),
        ("${GONE:-}x", "x"),
        ("$${NAME}", "${NAME}"),
        ("$$NAME", "$NAME"),
        ("$NAME", "$NAME"),
        ("cost$", "cost$"),
        ("'${NAME}'", "db"),
    ],
)
def test_references_defaults_and_escapes(tmp_path: Path, written: str, expected: str) -> None:
    assert host(tmp_path, written, {"NAME": "db", "EMPTY": ""}) == expected


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.text(st.characters(exclude_categories=["Cs"])))
def test_a_value_arrives_as_it_is(tmp_path: Path, value: str) -> None:
    """Quotes, newlines, `: ` and `#` in a password must neither break the file nor be read as YAML."""
    assert host(tmp_path, "${ANY}", {"ANY": value}) == value


def test_a_value_is_not_expanded_again(tmp_path: Path) -> None:
    assert host(tmp_path, "${ANY}", {"ANY": "${OTHER}$$"}) == "${OTHER}$$"


def test_a_whole_reference_may_become_the_number_that_the_option_needs(tmp_path: Path) -> None:
    text = SHOP.replace("HOST", "${PORT}").replace("port: PORT", "port: ${PORT}")
    options = load(tmp_path, text, {"PORT": "05432"}).resources[0].source.options.model_dump()
    assert (options["port"], options["host"]) == (5432, "05432")


def test_a_missing_variable_is_one_problem_at_its_place(tmp_path: Path) -> None:
    """The option that needs it is not reported as well, nor is any other variable named."""
    text = SHOP.replace("HOST", "h").replace("PORT", "${SHOP_PORT}")
    assert problems(tmp_path, text, {"SHOP_PORTS": "s3cret"}) == [
        (
            '6:11: the environment variable "SHOP_PORT" is not set. Set it, write it into .env beside this file, '
            "or give a default: ${SHOP_PORT:-...}."
        )
    ]


@pytest.mark.parametrize("written", ["${}", "${A B}", "${A", "${A:-${B}}", "${1}"])
def test_a_broken_reference_is_a_problem(tmp_path: Path, written: str) -> None:
    text = SHOP.replace("HOST", f"'{written}'").replace("PORT", "1")
    assert problems(tmp_path, text)[0].startswith("5:11: `${` is not followed by a variable name and `}`")


def test_what_is_ignored_needs_no_variables(tmp_path: Path) -> None:
    assert load(tmp_path, "project: {owner: '${NOBODY}'}\n" + VALID).resources


DOTENV = """\
# a comment
PLAIN=plain text   # a comment
export SHARED = yes
SINGLE='as $it # is\\n'
DOUBLE="a\\tb \\"c\\" # d" # a comment
EMPTY=
HASH=a#b
"""


def test_dotenv_is_read_and_the_real_environment_wins(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(DOTENV)
    written = '"${PLAIN}|${SHARED}|${SINGLE}|${DOUBLE}|${EMPTY}|${HASH}"'
    assert host(tmp_path, written) == 'plain text|yes|as $it # is\\n|a\tb "c" # d||a#b'
    assert host(tmp_path, "${PLAIN}", {"PLAIN": "real"}) == "real"


def test_a_line_of_dotenv_that_cannot_be_read_is_placed_and_not_repeated(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=1\nhunter2\nB='open hunter2\n")
    found = problems(tmp_path, VALID)
    assert [problem.removeprefix(str(tmp_path)) for problem in found] == [
        "/.env:2:1: this line is not KEY=VALUE. Close the quotes, or begin a comment with #.",
        "/.env:3:1: this line is not KEY=VALUE. Close the quotes, or begin a comment with #.",
    ]


def test_a_binary_dotenv_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe\0")
    assert "the file is not UTF-8 text" in problems(tmp_path, VALID)[0]
