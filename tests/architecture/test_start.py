"""What a start reads: the supervisor waits for nothing that only its servers need."""

import subprocess
import sys

HEAVY = {"flask", "sqlalchemy", "numpy"}


def test_the_command_line_loads_neither_the_web_framework_nor_the_database_layer() -> None:
    look = f"import sys, app.cli, app.supervise; print(sorted({HEAVY} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout == "[]\n"
