"""What a run shows while it works: one tally of events, drawn live or logged as plain lines."""
