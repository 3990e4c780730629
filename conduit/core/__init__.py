"""Contracts only: what sources, destinations and the engine say to each other. No I/O happens here."""
