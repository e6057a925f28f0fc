"""The PDF holds what was set, on the paper asked for, and fetches nothing that is not bundled."""

import io
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from pypdf import PdfReader

from app.reports import pdf
from app.reports.markup import to_html
from app.reports.paper import Cell, Column, ReportPaper, Row, Section, Table
from app.reports.writing import TEMPLATE

POINTS = {"A4": (595, 842), "Letter": (612, 792)}


def made(size: str = "A4", made_for: str = "Cora") -> PdfReader:
    cells = (Cell("Appointments"), Cell("1642", tone="strong"))
    figures = Table("Key figures", (Column("Figure"), Column("Value", "figures")), (Row(cells),))
    paper = ReportPaper(
        kind="Count",
        period="June 2026",
        clinic="Clinic",
        organization="Organization",
        facts=(("Made for", made_for),),
        findings=(),
        sections=(Section("Key figures", tables=(figures,)),),
        confidentiality="For staff",
        running_title="Count",
        running_scope="Clinic",
        running_time="",
        running_comparison="",
        size=size,
    )
    made = pdf.render(to_html(paper, TEMPLATE))
    reader = PdfReader(io.BytesIO(made.content))
    assert len(reader.pages) == made.pages
    return reader


@pytest.mark.parametrize("size", ["A4", "Letter"])
def test_it_holds_the_figures_on_the_paper_asked_for(size):
    reader = made(size)
    box = reader.pages[0].mediabox
    assert (round(box.width), round(box.height)) == POINTS[size]
    text = reader.pages[0].extract_text()
    assert "1642" in text
    assert "June 2026" in text


def test_it_is_tagged_and_names_its_title_author_and_language():
    reader = made()
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert reader.metadata.title == "Count"
    assert reader.metadata.author == "Organization"


def test_text_of_people_stays_text():
    hostile = '<img src="file:///etc/passwd"><link rel=attachment href="file:///etc/passwd">{{ 7*7 }}'
    reader = made(made_for=hostile)
    text = " ".join("".join(page.extract_text() for page in reader.pages).split())
    assert "{{ 7*7 }}" in text
    assert "root:" not in text
    assert not reader.attachments


@pytest.fixture
def trap():
    """A server on loopback that notes who asks."""
    asked: list[str] = []

    class Note(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(302)
            self.send_header("Location", "file:///etc/passwd")
            self.end_headers()

    server = HTTPServer(("127.0.0.1", 0), Note)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    "markup",
    [
        "<img src='{}'>",
        "<style>@import url('{}');</style>",
        "<style>p {{ background: url('{}') }}</style><p>text</p>",
        "<svg width='9' height='9'><image href='{}' width='9' height='9'/></svg>",
        "<object data='{}'></object>",
        "<link rel='stylesheet' href='{}'>",
    ],
)
@pytest.mark.parametrize("target", ["trap", "file:///etc/passwd", "css/../../Makefile", "js/live.js"])
def test_nothing_but_bundled_files_can_be_fetched(trap, markup, target):
    address, asked = trap
    with pytest.raises(pdf.NotBundled):
        pdf.render(markup.format(address if target == "trap" else target))
    assert asked == []


def test_an_attachment_is_never_embedded():
    with pytest.raises(pdf.NotBundled):
        pdf.render("<link rel='attachment' href='file:///etc/passwd'><p>text</p>")
