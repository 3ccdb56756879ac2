"""Use cases: one transaction each, effects after the commit."""
