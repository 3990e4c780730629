"""A link that leads nowhere is worse than none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .pages import PAGES, PROJECT, name_of, prose_of

_LINK = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^)\s]+)\)")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_to_a_page_resolves(page: Path) -> None:
    broken = [link for link in _local_links(page) if not _resolves(page, link)]
    assert broken == []


def test_every_page_is_reached_from_the_readme() -> None:
    """A page that nothing links to is not found by the person who needs it."""
    reached: set[Path] = set()
    waiting = [PROJECT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached and page.suffix == ".md":
            reached.add(page)
            targets = [(page.parent / link.partition("#")[0]).resolve() for link in _local_links(page)]
            waiting += [target for target in targets if target.is_file()]
    fragments = set((PROJECT / "docs" / "changelog.d").iterdir())
    assert sorted(name_of(page) for page in PAGES if page not in reached | fragments) == []


def _local_links(page: Path) -> list[str]:
    return [link for link in _LINK.findall(prose_of(page)) if not re.match(r"[a-z]+:", link)]


def _resolves(page: Path, link: str) -> bool:
    place, _, anchor = link.partition("#")
    target = (page.parent / place).resolve() if place else page
    return target.exists() and (not anchor or anchor in _anchors(target))


def _anchors(page: Path) -> set[str]:
    """The anchors that a page's headings make: lower case, blanks as hyphens, no other signs."""
    headings = re.findall(r"^#+ +(.+?) *$", prose_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
