"""Noninterference: two databases that agree on what somebody may see give that person the same."""
