"""The pages of the documentation, and the code blocks that they show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PAGES = sorted(
    [*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md"), *PROJECT.glob("benchmarks/*.md")],
    key=lambda path: path.as_posix(),
)

_FENCED = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^(?P=indent)```", re.DOTALL | re.MULTILINE
)
_FILE = re.compile(r"# (\w[\w./-]*\.\w+)\n")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block. `file` is the name that its first line gives it (`# ingest.yml`), empty when it gives none."""

    page: str
    line: int
    language: str
    text: str

    @property
    def file(self) -> str:
        named = _FILE.match(self.text)
        return named[1] if named else ""

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def name_of(page: Path) -> str:
    return page.relative_to(PROJECT).as_posix()


@cache
def blocks_of(page: Path) -> tuple[Block, ...]:
    """The fenced blocks of a page, in order."""
    text = page.read_text("utf-8")
    return tuple(
        Block(name_of(page), text.count("\n", 0, found.start()) + 1, found["language"], found["text"])
        for found in _FENCED.finditer(text)
    )


def blocks(*languages: str) -> list[Block]:
    """All blocks of these languages in all pages."""
    return [block for page in PAGES for block in blocks_of(page) if block.language in languages]


def prose_of(page: Path) -> str:
    """The page without its fenced blocks."""
    return _FENCED.sub("", page.read_text("utf-8"))
