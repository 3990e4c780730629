"""The gist of what a native library complains about."""

from __future__ import annotations


def complaint(text: str) -> str:
    """What a native error says itself, without the expression that it quotes and the picture that it draws."""
    lines = [line.strip() for line in text.split("This error occurred in", 1)[0].splitlines() if line.strip()]
    return next(
        (line.removeprefix("error: ") for line in lines if line.startswith("error: ")), lines[0] if lines else ""
    )
