"""A table with more columns than a page is wide is set as several, and no word is off the page."""

import io

import pytest
from pypdf import PdfReader

from app.reports import pdf
from app.reports.fitting import fit
from app.reports.markup import to_html
from app.reports.paper import Cell, Column, ReportPaper, Row, Section, Table
from app.reports.writing import TEMPLATE

HOSPITALS = [f"FRANCISCAN HOSPITAL {number}" for number in range(12)]


def wide(heads: list[str]) -> Table:
    columns = (Column("Week from", unbroken=True), *(Column(head, "figures") for head in heads))
    rows = tuple(
        Row((Cell(f"Week of {day} Mar 2026"), *(Cell(f"{1000 + place}") for place in range(len(heads)))))
        for day in range(10, 14)
    )
    return Table("By clinic", columns, rows)


def on_paper(tables: tuple[Table, ...], size: str) -> PdfReader:
    paper = ReportPaper(
        kind="Clinics",
        period="March 2026",
        clinic="All clinics",
        organization="Organization",
        facts=(),
        findings=(),
        sections=(Section("By clinic", tables=tables),),
        confidentiality="For staff",
        running_title="Clinics",
        running_scope="All clinics",
        running_time="",
        running_comparison="",
        size=size,
    )
    return PdfReader(io.BytesIO(pdf.render(to_html(paper, TEMPLATE)).content))


def beyond(reader: PdfReader) -> list[str]:
    """The texts of a document that begin outside what is left of its pages inside the margin."""
    found: list[str] = []
    for page in reader.pages:
        edge = float(page.mediabox.width) - 36

        def note(text, outer, inner, _, __, edge=edge):
            x = inner[4] * outer[0] + inner[5] * outer[2] + outer[4]
            if text.strip() and x > edge:
                found.append(text)

        page.extract_text(visitor_text=note)
    return found


def test_a_table_that_fits_stays_one():
    table = wide(["Booked", "Seen"])
    assert fit(table) == (table,)


def test_each_part_has_the_names_again_and_every_figure_is_in_one():
    parts = fit(wide(HOSPITALS))
    assert len(parts) == 2
    assert [part.columns[0].label for part in parts] == ["Week from", "Week from"]
    assert [head for part in parts for head in (column.label for column in part.columns[1:])] == HOSPITALS
    assert [cell.text for part in parts for cell in part.rows[0].cells[1:]] == [f"{1000 + n}" for n in range(12)]


def test_a_drawing_stays_beside_its_figure():
    table = wide(HOSPITALS[:9])
    columns = (*table.columns, Column("Line", "mark"))
    parts = fit(Table("", columns, tuple(Row((*row.cells, Cell())) for row in table.rows)))
    assert [column.kind for column in parts[-1].columns][-2:] == ["figures", "mark"]


@pytest.mark.parametrize("size", ["A4", "Letter"])
def test_no_figure_is_off_the_page(size):
    assert beyond(on_paper((wide(HOSPITALS),), size))
    reader = on_paper(fit(wide(HOSPITALS)), size)
    assert not beyond(reader)
    assert "1011" in reader.pages[0].extract_text()
