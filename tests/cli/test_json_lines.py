"""Programs that watch a run get whole JSON lines and nothing else, and cannot harm the load by leaving."""

from __future__ import annotations

import errno
import io
import json
import subprocess

from conduit.cli.json_lines import JsonLines
from conduit.core.accounting import Accounting
from conduit.core.events import BatchPassed

from .processes import environ, watched


def test_stdout_is_one_event_a_line_and_the_report_last() -> None:
    done = subprocess.run(watched("quick", "json"), capture_output=True, text=True, env=environ({}))
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [event["event"] for event in events] == [
        "RunStarted",
        "ResourceStarted",
        "BatchPassed",
        "ResourceFinished",
        "RunReport",
    ]
    assert events[2]["accounting"] == {"read": 1000, "written": 997, "rejected": 3, "filtered": 0, "deduplicated": 0}
    assert "✓ Done" in done.stderr


def test_a_reader_that_leaves_does_not_end_the_load() -> None:
    process = subprocess.Popen(
        watched("quick", "json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ({})
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) == 0
    assert "✓ Done" in errors
    assert "Traceback" not in errors
    assert "BrokenPipe" not in errors


class _Full(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_below_the_events_is_remembered() -> None:
    events = JsonLines(_Full())
    events(BatchPassed(resource="orders", accounting=Accounting(1, 1), bytes=1))
    events.write({"event": "RunReport"})
    assert isinstance(events.failure, OSError)
    assert events.failure.errno == errno.ENOSPC
