"""``python -m tsuzuri`` is the command ``tsuzuri``."""

from tsuzuri.cli import main

main(prog_name="tsuzuri")
