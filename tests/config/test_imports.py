"""Reading a configuration costs no data library: `conduit validate` and shell completion start in a blink."""

from __future__ import annotations

import subprocess
import sys


def test_the_loader_imports_nothing_heavy() -> None:
    heavy = "{'pyarrow', 'polars', 'duckdb', 'click', 'rich', 'fsspec'}"
    program = f"import sys, conduit.config.load, conduit.config.render; print(*({heavy} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""
