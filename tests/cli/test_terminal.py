"""What is drawn depends on where: pipes, CI, NO_COLOR and dumb terminals get text that stays readable."""

from __future__ import annotations

import io
import os
import pty

import pytest

from conduit.cli.terminal import PLAIN_WIDTH, look_at


class _Tty(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "colour", "live"),
    [({}, True, True), ({"TERM": "xterm"}, True, True), ({"NO_COLOR": "1"}, False, True),
     ({"NO_COLOR": ""}, True, True),
     ({"CI": "true"}, True, False), ({"CI": "0"}, True, True), ({"TERM": "dumb"}, False, False)],
    ids=str,
)  # fmt: skip
def test_the_environment_decides_on_a_terminal(environment: dict[str, str], colour: bool, live: bool) -> None:
    seen = look_at(_Tty(), environment)
    assert (seen.colour, seen.live) == (colour, live)


def test_a_pipe_has_neither_colour_nor_redrawing_and_a_fixed_width() -> None:
    seen = look_at(io.StringIO(), {"COLUMNS": "40"})
    assert (seen.colour, seen.live, seen.width) == (False, False, PLAIN_WIDTH)


def test_a_closed_stream_is_no_terminal() -> None:
    stream = _Tty()
    stream.close()
    stream.isatty = stream.getvalue  # type: ignore[method-assign,assignment]
    assert not look_at(stream, {}).live


@pytest.mark.parametrize(("columns", "width"), [("63", 63), ("0", 80), ("wide", 80)])
def test_columns_of_the_environment_count_when_they_are_a_number(columns: str, width: int) -> None:
    assert look_at(_Tty(), {"COLUMNS": columns}).width == width


def test_the_width_is_that_of_the_terminal() -> None:
    import fcntl
    import struct
    import termios

    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 57, 0, 0))
    with os.fdopen(slave, "w") as stream:
        assert look_at(stream, {}).width == 57
    os.close(master)
