"""Text that is not YAML, or means two things, is a sentence at a place: never a traceback, never a guess."""

from __future__ import annotations

from pathlib import Path

import pytest

from .catalogue import VALID, problems


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sources:\n\t- name: a\n", "2:1: a tab stands where YAML allows only spaces."),
        ("a: 'x\n", "2:1: a quoted text is never closed."),
        ("a: [1, 2\nb: 3\n", "2:2: a list that began with `[` is not closed"),
        ("a: {b: 1\n", "2:1: a mapping that began with `{` is not closed"),
        ("a: b: c\n", "1:5: a `key: value` cannot stand here."),
        ("a: 1\n   b: 2\n", "2:5: a `key: value` cannot stand here."),
        ("a:\n  - 1\n b: 2\n", "3:2: this line does not fit the lines above it."),
        ("a: *gone\n", "1:4: a `*name` refers to an anchor that does not exist."),
        ("a: @x\n", "1:4: text cannot begin with `@`."),
        ("a: 1\n---\nb: 2\n", "2:1: a second document begins here"),
        ('a: "\\d+"\n', "1:6: an unknown `\\` escape in double quotes."),
        ('a: "\\Uffffffff"\n', "1:7: a `\\U` escape names no character."),
        ('a: "\\ud800"\n', "1:4: a `\\u` escape is half a character."),
        ("a: \x07\n", "1:4: the control character U+0007 is not allowed."),
        ("a: !secret x\n", "1:4: a YAML tag (`!...`) that Conduit does not know"),
        ("a: !!python/object/apply:os.system ['true']\n", "1:4: a YAML tag (`!...`) that Conduit does not know"),
        ("? [a, b]\n: 1\n", "1:3: a key is a list or a mapping."),
        ("a: {<<: 5}\n", "1:5: `<<` merges mappings only."),
        ("a: &a [*a]\n", "1:4: this value contains itself through an alias"),
    ],
)
def test_a_syntax_error_says_what_and_where(tmp_path: Path, text: str, expected: str) -> None:
    found = problems(tmp_path, text)
    assert [problem for problem in found if problem.startswith(expected)], found


def test_every_duplicate_key_is_told_with_the_line_of_the_first(tmp_path: Path) -> None:
    """A later key that silently wins is how a pipeline comes to read the wrong table."""
    text = VALID + "    tags: [a]\n    tags: [b]\nresources: []\n"
    assert problems(tmp_path, text) == [
        '14:5: duplicate key "tags". It stands in line 13 already.',
        '15:1: duplicate key "resources". It stands in line 9 already.',
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a\n- b\n", "1:1: a configuration is a mapping with sources, destinations and resources, not a list"),
        ("hello", '1:1: a configuration is a mapping with sources, destinations and resources, not "hello"'),
        ("5", "1:1: a configuration is a mapping with sources, destinations and resources, not 5"),
    ],
)
def test_a_document_that_is_no_mapping_is_a_problem(tmp_path: Path, text: str, expected: str) -> None:
    assert problems(tmp_path, text) == [expected]
