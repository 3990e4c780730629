"""The `.env` file beside a configuration: KEY=VALUE lines, quotes, comments, `export`."""

from __future__ import annotations

import re
from pathlib import Path

from conduit.config.problems import Problems
from conduit.config.tree import Place

MAX_BYTES = 1 << 20

_ASSIGNMENT = re.compile(r"^(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?P<value>.*)$")
_QUOTED = re.compile(r"""^(?:'(?P<single>[^']*)'|"(?P<double>(?:[^"\\]|\\.)*)")\s*(?:\#.*)?$""")
_COMMENT = re.compile(r"(?:^|\s)#")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def read_dotenv(path: Path, problems: Problems) -> dict[str, str]:
    """The variables of a `.env` file, none when there is no such file.

    Single quotes keep everything as it is; double quotes know `\\n`, `\\r`, `\\t` and `\\` before any other
    character; without quotes a ` #` begins a comment. A line that is none of these is a problem, and its text is
    not repeated, for it may be a secret.
    """
    if not path.is_file():
        return {}
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as bad:
        problems.add(Place(1, 1), f"the file cannot be read: {bad.strerror}", file=str(path))
        return {}
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        problems.add(Place(1, 1), "the file is not UTF-8 text", file=str(path), remedy="Save it as UTF-8.")
        return {}
    if len(data) > MAX_BYTES:
        problems.add(Place(1, 1), f"the file is larger than {MAX_BYTES:,} bytes", file=str(path))
        return {}
    variables: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        assignment = _ASSIGNMENT.match(line)
        value = _value(assignment["value"]) if assignment else None
        if assignment is None or value is None:
            problems.add(
                Place(number, 1),
                "this line is not KEY=VALUE",
                file=str(path),
                remedy="Close the quotes, or begin a comment with #.",
            )
        else:
            variables[assignment["name"]] = value
    return variables


def _value(text: str) -> str | None:
    if text[:1] not in ("'", '"'):
        comment = _COMMENT.search(text)
        return (text[: comment.start()] if comment else text).rstrip()
    match = _QUOTED.match(text)
    if match is None:
        return None
    if match["single"] is not None:
        return match["single"]
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), match["double"])
