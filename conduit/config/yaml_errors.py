"""PyYAML's syntax errors, said in words that lead to the fix. The text of the file is never repeated in them."""

from __future__ import annotations

import yaml

from conduit.config.tree import Place

# The part of PyYAML's message that tells one from another -> what happened, what to do. First match wins.
_SENTENCES = (
    (r"'\t' that cannot start", "a tab stands where YAML allows only spaces", "Indent with spaces."),
    ("'@' that cannot start", "text cannot begin with `@`", "Put it in quotes."),
    ("'`' that cannot start", "text cannot begin with a backquote", "Put it in quotes."),
    ("'%' that cannot start", "text cannot begin with `%`", "Put it in quotes."),
    ("that cannot start any token", "this character cannot begin a value", "Put the value in quotes."),
    (
        "mapping values are not allowed",
        "a `key: value` cannot stand here",
        "Check the indentation of this line and of the one before; put text that holds `: ` in quotes.",
    ),
    (
        "could not find expected ':'",
        "this looks like a key, but no `:` follows",
        "Write `key: value`, and check the line before for an open quote.",
    ),
    (
        "but found another document",
        "a second document begins here (`---`)",
        "A configuration is one document: remove the line.",
    ),
    (
        "undefined alias",
        "a `*name` refers to an anchor that does not exist",
        "Define it as `&name` further up; put text that begins with `*` in quotes.",
    ),
    ("duplicate anchor", "an anchor (`&name`) has the name of an earlier one", "Give it another name."),
    ("unexpected end of stream", "a quoted text is never closed", "Add the missing quote."),
    ("unknown escape character", r"an unknown `\` escape in double quotes", r"Write `\\`, or use single quotes."),
    ("expected escape sequence", r"an incomplete `\` escape in double quotes", r"Write `\\`, or use single quotes."),
    ("expected ',' or ']'", "a list that began with `[` is not closed or lacks a comma", "Add the `,` or `]`."),
    ("expected ',' or '}'", "a mapping that began with `{` is not closed or lacks a comma", "Add the `,` or `}`."),
    (
        "expected <block end>",
        "this line does not fit the lines above it",
        "Indent it exactly as its siblings, and check for a quote that closes too early.",
    ),
    ("found a tab character", "a tab stands where YAML allows only spaces", "Indent with spaces."),
    ("sequence entries are not allowed", "a list item (`- `) cannot stand here", "Begin the list on its own line."),
    ("mapping keys are not allowed", "a key cannot stand here", "Check the indentation of this line."),
    ("incompatible YAML document", "this YAML version is not supported", "Remove the %YAML line."),
    ("expected the node content", "a value is missing before this", "Write one, or remove the key."),
    ("expected '<document start>'", "the document ends before this line", "Remove what stands before or after."),
)  # fmt: skip


def explain(error: yaml.YAMLError, text: str) -> tuple[Place, str, str]:
    """Where the text is not YAML, what is wrong there, and what to do about it."""
    if isinstance(error, yaml.reader.ReaderError):
        before = text[: error.position]
        place = Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
        return place, f"the control character U+{int(error.character):04X} is not allowed", "Remove it."
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
        told = f"{error.context or ''} {error.problem or ''}"
        for part, sentence, remedy in _SENTENCES:
            if part in told:
                return place, sentence, remedy
        return place, "this is not valid YAML", "Check the indentation and the quotes near here."
    return Place(1, 1), "the file is not valid YAML", ""
