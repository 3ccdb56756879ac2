"""Benchmarks: what Tsuzuri adds to the work that the bare database driver does anyway."""
