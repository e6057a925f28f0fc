"""A million rows as a workbook and as CSV: peak memory, and the time beside the bare library writing the same rows.

Bounds: memory under 250 MB, at least half the speed of the bare library. Each writer runs in a process of its own.
"""

import csv
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter

import xlsxwriter

from app.core.period import Period
from app.reports.content import Column, Kind, Line, Notes, ReportContent, Section, Table
from app.reports.writing import Format, write

ROWS = 1_000_000
MOST_BYTES, LEAST_SPEED = 250_000_000, 0.5
_START = date(2026, 1, 1)
COLUMNS = (
    Column("step", "From", Kind.DATE),
    Column("practitioner", "Doctor"),
    Column("type", "Service"),
    Column("attendance.booked", "Booked visits", Kind.COUNT),
    Column("attendance.no_show_rate", "No-show rate", Kind.PERCENT),
    Column("waiting.wait_median", "Wait, median", Kind.MINUTES),
)


def lines(count: int = ROWS) -> Iterator[Line]:
    """Day by doctor by service, as a custom report has them."""
    days = [_START + timedelta(days=offset) for offset in range(400)]
    for number in range(count):
        doctor, service = f"Dr. Example {number % 60}", f"Service {number % 45}"
        yield days[number * 400 // count], doctor, service, number % 30, (number % 17) / 100, number % 25


def content(count: int = ROWS) -> ReportContent:
    """A report of that one table."""
    at = datetime(2026, 11, 1, tzinfo=UTC)
    period = Period(_START, _START + timedelta(days=400))
    table = Table("figures", "Figures", COLUMNS, stream=lambda: lines(count))
    return ReportContent(
        key="custom", title="Custom", period=period, period_words="2026", previous=None, previous_words="",
        is_partial=False, organization="Organization", scope="All clinics", currency="USD", zone="America/Chicago",
        facts=(), summary=(), findings=(), sections=(Section("figures", "Figures", table=table),),
        notes=Notes((), Table("left_out", "Records left out", (Column("part", "Left out"),)), ()),
        confidentiality="For staff", definitions={}, as_of=at, data_version=None, made_at=at, made_for="Bench",
    )  # fmt: skip


def bare_xlsx(path: Path) -> None:
    """The rows by the library alone, as its documentation writes them."""
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
    share, count = book.add_format({"num_format": "0.0%"}), book.add_format({"num_format": "#,##0"})
    for row, (first, doctor, service, booked, rate, wait) in enumerate(lines(), 1):
        sheet.write(row, 0, first, day)
        sheet.write(row, 1, doctor)
        sheet.write(row, 2, service)
        sheet.write(row, 3, booked, count)
        sheet.write(row, 4, rate, share)
        sheet.write(row, 5, wait, count)
    book.close()


def bare_csv(path: Path) -> None:
    """The rows by the library alone."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(lines())


def ours(format: Format) -> Callable[[Path], None]:
    """The rows by the product."""

    def run(path: Path) -> None:
        with path.open("wb") as file:
            assert write(content(), format, file).rows == ROWS

    return run


WAYS: dict[str, Callable[[Path], None]] = {
    "xlsx-bare": bare_xlsx,
    "xlsx": ours(Format.XLSX),
    "csv-bare": bare_csv,
    "csv": ours(Format.CSV),
}


def measure(name: str) -> tuple[float, int, int]:
    """Seconds, peak bytes of memory and bytes of the file of one way, in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.exports", name]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(answer[0]), int(answer[1]), int(answer[2])


def run_one(name: str) -> None:
    """What the process of one way does: writes, and says how it was."""
    with tempfile.TemporaryDirectory() as folder:
        path, began = Path(folder) / "out", perf_counter()
        WAYS[name](path)
        seconds, size = perf_counter() - began, path.stat().st_size
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, size)


def main() -> int:
    """Prints what was measured; 1 where a bound is broken."""
    failed = 0
    found = {name: measure(name) for name in WAYS}
    for name, (seconds, peak, size) in found.items():
        print(f"{name:10} {ROWS:,} rows {seconds:6.1f} s  peak {peak / 1e6:5.0f} MB  file {size / 1e6:5.0f} MB")
    for name in ("xlsx", "csv"):
        speed, peak = found[f"{name}-bare"][0] / found[name][0], found[name][1]
        good = speed >= LEAST_SPEED and peak < MOST_BYTES
        failed += not good
        print(f"{name}: {speed:.2f} of the bare library's speed, {'good' if good else 'too slow or too large'}")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) > 1:
        run_one(sys.argv[1])
    else:
        sys.exit(main())
