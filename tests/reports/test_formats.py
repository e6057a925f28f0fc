"""Every type of report says the same numbers in all five formats, and no format can be made to run anything."""

import csv
import io
import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from html.parser import HTMLParser

import openpyxl
import pytest
import time_machine
from pypdf import PdfReader

from app.core.ids import new_id
from app.core.period import Span, period_of
from app.extensions import db
from app.models import Claim
from app.reports.build import build
from app.reports.catalogue import REPORTS
from app.reports.content import Cell, Column, Kind, ReportContent, Row, Section, Table, Value
from app.reports.parameters import Parameters
from app.reports.words import words
from app.reports.writing import Format, write
from app.rollups.refresh import refresh

MAY = period_of(Span.MONTH, date(2026, 5, 1))
HOSTILE = '=HYPERLINK("http://evil.example","x")'


@pytest.fixture(autouse=True)
def now():
    """It is Friday 5 June 2026 in Chicago."""
    with time_machine.travel(datetime(2026, 6, 5, 15, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def records(clinic, make_appointment, make_department, make_practitioner, make_patient, make_payment, make_invoice):
    """Visits, invoices, payments and claims of a month; a department and an insurer are named to do harm."""
    department, doctor = make_department(clinic, HOSTILE), make_practitioner("Example")
    patient = make_patient(birth_date=date(1970, 1, 1), sex="female")
    common = {"department_id": department.id, "practitioner_id": doctor.id, "patient_id": patient.id}
    for day in (MAY.start + timedelta(days=offset) for offset in range(0, MAY.days, 2)):
        make_appointment(clinic, day, at=time(9), arrived=0, started=10, lead_days=3, **common)
        make_appointment(clinic, day, "no_show", at=time(14), lead_days=20, **common)
        make_invoice(clinic, day, "120.50", balance=Decimal("20.50"), **common)
        make_payment(clinic, day, "100.00")
        outcome = {"status": "denied", "first_outcome": "denied", "denied": Decimal(100), "denial_code": "CO-16"}
        db.session.add(
            Claim(
                organization_id=clinic.organization_id,
                id=new_id(),
                clinic_id=clinic.id,
                payer="@SUM(1+1)",
                submitted_day=day,
                decided_day=day,
                amount=Decimal(100),
                **outcome,
            )
        )
    db.session.commit()
    refresh(clinic.organization_id)


def asked(key: str) -> Parameters:
    if REPORTS[key].is_open:
        metrics = ("attendance.booked", "attendance.no_show_rate", "revenue.collected")
        return Parameters(MAY, metrics=metrics, by=("department",), step=Span.WEEK)
    return Parameters(MAY)


def written(content: ReportContent, format: Format) -> bytes:
    out = io.BytesIO()
    made = write(content, format, out)
    assert made.size == len(out.getvalue())
    return out.getvalue()


def value_of(cell: Value | Cell) -> Value:
    return cell.value if isinstance(cell, Cell) else cell


def expected_csv(cell: Value | Cell) -> str:
    value = value_of(cell)
    if value is None:
        return cell.reason if isinstance(cell, Cell) else ""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@")):
        return f"'{value}"
    return str(value)


class Texts(HTMLParser):
    """The text of every cell of a page's tables, in order; drawings left out."""

    def __init__(self) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.in_cell = self.in_drawing = False

    def handle_starttag(self, tag, attrs):
        if tag in ("td", "th"):
            self.in_cell = True
            self.cells.append("")
        self.in_drawing = self.in_drawing or tag == "svg"

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.in_cell = False
        self.in_drawing = self.in_drawing and tag != "svg"

    def handle_data(self, data):
        if self.in_cell and not self.in_drawing:
            self.cells[-1] += data


@pytest.mark.parametrize("key", REPORTS)
def test_all_five_formats_say_the_same_numbers(key, records, system):
    content = build(REPORTS[key], asked(key), system)
    files = {format: written(content, format) for format in Format}
    tables = [table for table in content.tables() if list(table.lines())]
    assert tables
    same_as_json(tables, json.loads(files[Format.JSON]))
    same_as_csv(tables, files[Format.CSV].decode("utf-8-sig"))
    same_as_workbook(content, tables, files[Format.XLSX])
    same_as_page(content, files[Format.HTML].decode())
    same_as_paper(content, files[Format.PDF])


def same_as_json(tables: list[Table], document: dict) -> None:
    found = {table["key"]: table for section in document["sections"] for table in section["tables"]}
    found[document["left_out"]["key"]] = document["left_out"]
    for table in tables:
        rows = found[table.key]["rows"]
        for row, got in zip(table.lines(), rows, strict=True):
            for column, cell in zip(table.columns, row.cells, strict=True):
                value, read = value_of(cell), got["cells"][column.key]
                if isinstance(value, Decimal):
                    assert isinstance(read, str)
                    assert Decimal(read) == value
                elif isinstance(value, date):
                    assert read == value.isoformat()
                else:
                    assert read == value


def same_as_csv(tables: list[Table], text: str) -> None:
    lines = iter(csv.reader(io.StringIO(text)))
    own = [table for table in tables if table.key != "left_out"]
    alone = own[0] if len(own) == 1 else None
    if alone is not None and alone.stream:
        assert next(lines) == [column.label for column in alone.columns]
        assert list(lines) == [[expected_csv(cell) for cell in row.cells] for row in alone.lines()]
        return
    blocks: dict[str, list[list[str]]] = {}
    for line in lines:
        if line and line[0] == "table":
            blocks[line[1]] = block = []
        elif line:
            block.append(line)
    for table in tables:
        head, *rows, count = blocks[table.key]
        assert head == [column.label for column in table.columns]
        assert rows == [[expected_csv(cell) for cell in row.cells] for row in table.lines()]
        assert count == ["rows", str(len(rows))]


def same_as_workbook(content: ReportContent, tables: list[Table], file: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(file))
    sheets = {}
    for sheet in book.worksheets:
        heads = tuple(cell.value for cell in sheet[1])
        sheets.setdefault(heads, []).append(sheet)
        assert not [cell for line in sheet.iter_rows() for cell in line if cell.data_type == "f"]
    for table in tables:
        rows = list(table.lines())
        candidates = sheets[tuple(column.label for column in table.columns)]
        assert any(matches(table, rows, sheet, content) for sheet in candidates), table.key


def matches(table: Table, rows: list[Row], sheet, content: ReportContent) -> bool:
    found = [[cell.value for cell in line] for line in sheet.iter_rows(min_row=2)]
    return len(found) == len(rows) and all(
        same(cell, read, column, content)
        for row, line in zip(rows, found, strict=True)
        for cell, read, column in zip(row.cells, line, table.columns, strict=True)
    )


def same(cell: Value | Cell, read: object, column: Column, content: ReportContent) -> bool:
    value = value_of(cell)
    if value is None:
        return (read or "") == words(column.kind, cell, content.currency, content.zone)
    if isinstance(value, date):
        return isinstance(read, datetime) and read.date() == value
    if isinstance(value, str):
        return (read or "") == value
    return isinstance(read, int | float) and read == pytest.approx(float(value), abs=1e-9)


def printed(content: ReportContent, table: Table) -> list[str]:
    """The words of a table's cells as a reader sees them; verdicts are drawn with their words."""
    return [
        words(column.kind, cell, content.currency, content.zone)
        for row in table.lines()
        for column, cell in zip(table.columns, row.cells, strict=True)
        if column.printed
    ]


def shown(content: ReportContent) -> list[Table]:
    """The tables that stand on paper: each section's own."""
    return [*(section.table for section in content.sections if section.table), content.notes.left_out]


def same_as_page(content: ReportContent, html: str) -> None:
    reader = Texts()
    reader.feed(html)
    texts = [" ".join(text.split()) for text in reader.cells if text.strip()]
    wanted = []
    for table in shown(content):
        rows = list(table.lines())
        if rows:
            heads = [
                column.label
                for place, column in enumerate(table.columns)
                if column.printed
                and any(words(column.kind, row.cells[place], content.currency, content.zone) for row in rows)
            ]
            if table.bars:
                heads.append(table.bars.label)
            wanted += [*heads, *printed(content, table)]
    assert sorted(texts) == sorted(" ".join(text.split()) for text in wanted if text.strip())


def same_as_paper(content: ReportContent, file: bytes) -> None:
    reader = PdfReader(io.BytesIO(file))
    text = "".join("".join(page.extract_text() for page in reader.pages).split())
    for table in shown(content):
        for word in printed(content, table):
            assert "".join(word.split()) in text, (table.key, word)
    for number, page in enumerate(reader.pages, 1):
        assert f"Page {number} of {len(reader.pages)}" in page.extract_text()


@pytest.mark.parametrize("key", REPORTS)
def test_an_organization_without_data_gets_a_report_that_says_what_is_missing(key, clinic, system):
    parameters = asked(key)
    content = build(REPORTS[key], parameters, system)
    for format in (Format.XLSX, Format.CSV, Format.JSON, Format.HTML):
        assert written(content, format)
    values = [headline.cell.value for headline in content.summary]
    assert not any(values)
    said = " ".join(
        [section.lead for section in content.sections]
        + [table.empty for table in content.tables() if not list(table.lines())]
        + [word for table in content.tables() for word in printed(content, table)]
    )
    assert "No source" in said or "not recorded" in said


def many(rows: int) -> ReportContent:
    """A report of one long table."""

    def lines():
        for number in range(rows):
            yield date(2026, 1, 1), f"Doctor {number % 50}", number, Decimal(number) / 4

    columns = (
        Column("day", "Day", Kind.DATE),
        Column("doctor", "Doctor"),
        Column("visits", "Visits", Kind.COUNT),
        Column("paid", "Paid", Kind.MONEY),
    )
    table = Table("long", "Long", columns, stream=lines)
    return tiny_content(Section("long", "Long", table=table))


def tiny_content(*sections: Section) -> ReportContent:
    from app.reports.content import Notes

    left_out = Table("left_out", "Records left out", (Column("part", "Left out"),), empty="None is left out.")
    return ReportContent(
        key="long", title="Long", period=MAY, period_words="May 2026", previous=None, previous_words="",
        is_partial=False, organization="Organization", scope="All clinics", currency="USD", zone="America/Chicago",
        facts=(("Period", "May 2026"),), summary=(), findings=(), sections=sections,
        notes=Notes((), left_out, ()), confidentiality="For staff", definitions={}, as_of=None, data_version=None,
        made_at=datetime(2026, 6, 1, tzinfo=UTC), made_for="Cora",
    )  # fmt: skip


def test_a_long_table_is_printed_in_part_and_its_rest_attached():
    out = io.BytesIO()
    made = write(many(1000), Format.PDF, out)
    reader = PdfReader(out)
    text = " ".join("".join(page.extract_text() for page in reader.pages).split())
    assert "The first 400 rows are printed. The rest is attached to this file as CSV." in text
    (rest,) = reader.attachments["long.csv"]
    lines = list(csv.reader(io.StringIO(rest.decode("utf-8-sig"))))
    assert lines[0] == ["Day", "Doctor", "Visits", "Paid"]
    assert lines[1] == ["2026-01-01", "Doctor 0", "400", "100"]
    assert len(lines) == 601
    assert made.rows == 1000


def test_the_same_content_gives_the_digest_of_what_was_written():
    from hashlib import sha256

    out = io.BytesIO()
    made = write(many(5), Format.CSV, out)
    assert made.sha256 == sha256(out.getvalue()).hexdigest()
    assert made.rows == 5


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1"])
def test_text_from_the_data_is_never_a_formula(text):
    table = Table("t", "T", (Column("name", "Name"),), (Row((text,)),))
    content = tiny_content(Section("t", "T", table=table))
    book = openpyxl.load_workbook(io.BytesIO(written(content, Format.XLSX)))
    cell = book["T"]["A2"]
    assert cell.data_type == "s"
    rows = list(csv.reader(io.StringIO(written(content, Format.CSV).decode("utf-8-sig"), newline="")))
    assert rows[2][0] == f"'{text}"


def test_a_page_runs_nothing_loads_nothing_and_allows_only_its_own_style(records, system):
    html = written(build(REPORTS["no_shows"], asked("no_shows"), system), Format.HTML).decode()
    assert "default-src 'none'" in html
    for forbidden in ("<script", " style=", "onload", 'http://evil.example"', "<img", "<link"):
        assert forbidden not in html
