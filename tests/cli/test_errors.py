"""An error is read by a person who wants to go on: code, place, message, remedy, and no traceback."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from conduit.cli.failure import failure_lines
from conduit.cli.main import Application
from conduit.cli.terminal import Terminal
from conduit.errors import ConduitError, ConfigError, Locked, QualityError, SourceError

from .processes import conduit


class _Panic(BaseException):
    """Native libraries raise panics that are no Exceptions."""


def _raising(error: BaseException, *arguments: str) -> Result:
    from conduit.cli.debugging import debug_option

    @click.command("boom")
    @debug_option
    def boom() -> None:
        raise error

    class Fixed(Application):
        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
            return boom

    group = Fixed("conduit", package="", table={"boom": ""}, params=[])
    return CliRunner().invoke(debug_option(group), list(arguments) or ["boom"])


@pytest.mark.parametrize(
    ("error", "code"),
    [(SourceError("x"), 1), (ConfigError("x"), 2), (QualityError("x"), 3), (Locked("x"), 75), (ValueError("x"), 1),
     (_Panic("x"), 1), (KeyboardInterrupt(), 130), (BrokenPipeError(), 0)],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)  # fmt: skip
def test_each_kind_of_error_has_its_exit_code_and_no_traceback(error: BaseException, code: int) -> None:
    result = _raising(error)
    assert (result.exit_code, result.stdout) == (code, "")
    assert "Traceback" not in result.stderr


def test_an_error_is_code_place_message_problems_and_remedy() -> None:
    error = ConfigError(
        "2 problems.", place="ingest.yml:3:5", problems=["ingest.yml:3:5: a", "ingest.yml:4:1: b"], remedy="Mend them."
    )
    assert list(failure_lines(error, Terminal())) == [
        "✗ CDT-101  ingest.yml:3:5: 2 problems.",
        "    ingest.yml:3:5: a",
        "    ingest.yml:4:1: b",
        "  → Mend them.",
    ]


def test_a_hostile_message_cannot_steer_the_terminal() -> None:
    lines = list(failure_lines(ConduitError("bad \x1b[31m value", place="a\x07b"), Terminal()))
    assert lines == ["✗ CDT-000  a\\x07b: bad \\x1b[31m value"]


@pytest.mark.parametrize("arguments", [["--debug", "boom"], ["boom", "--debug"]], ids=" ".join)
def test_debug_shows_the_traceback_wherever_it_stands(arguments: list[str]) -> None:
    result = _raising(ValueError("odd"), *arguments)
    assert "Traceback (most recent call last)" in result.stderr
    assert "CDT-000  Unexpected ValueError: odd" in result.stderr


def test_a_misspelt_command_is_corrected() -> None:
    done = conduit("rnu")
    assert (done.returncode, done.stdout) == (2, "")
    assert "There is no command 'rnu'. Did you mean 'run'?" in done.stderr


def test_an_unknown_option_is_a_usage_error() -> None:
    assert conduit("run", "--no-such").returncode == 2


def test_a_missing_configuration_names_the_folder_and_the_nearest_file(tmp_path: Path) -> None:
    (tmp_path / "ingset.yaml").write_text("")
    (tmp_path / "other.yml").write_text("")
    done = conduit("run", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert str(tmp_path.resolve()) in done.stderr
    assert "Did you mean 'ingset.yaml'?" in done.stderr


def test_a_folder_without_configurations_says_how_to_name_one(tmp_path: Path) -> None:
    done = conduit("run", cwd=tmp_path)
    assert done.returncode == 2
    assert "conduit run path/to/ingest.yml" in done.stderr


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    done = conduit("run", str(tmp_path / "absent" / "ingest.yml"))
    assert done.returncode == 2
    assert f"There is no folder '{tmp_path / 'absent'}'" in done.stderr


def test_symbols_are_spelt_out_where_the_encoding_has_none(tmp_path: Path) -> None:
    done = conduit("connectors", "show", "grüße", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.returncode == 2
    assert done.stderr.startswith("x CDT-102  There is no connector 'gr\\xfc\\xdfe'.")
