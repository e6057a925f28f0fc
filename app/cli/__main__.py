"""Lets the supervisor start commands as `python -m app.cli`, wherever the console script is."""

from app.cli import main

main(prog_name="mediconnect")
