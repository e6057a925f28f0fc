"""PDF: the report on paper, tagged; of long tables the first part, the rest attached as CSV."""

from io import BytesIO

from app.reports import pdf
from app.reports.content import ReportContent
from app.reports.formats import csv_file
from app.reports.formats.digest import DigestStream
from app.reports.markup import load, to_html
from app.reports.paper import PaperSize
from app.reports.pdf import Attached
from app.reports.setting import PRINTED_ROWS, Setting


def warm_up(template: str) -> None:
    """Does once what the first file of a process costs and no other does."""
    load(template)
    pdf.warm_up()


def write(content: ReportContent, template: str, size: PaperSize, out: DigestStream) -> tuple[int, int]:
    """Writes the file: how many rows its tables have together, those attached too, and how many pages it has."""
    setting = Setting(content, size)
    rows = sum(min(len(table.first(PRINTED_ROWS)), PRINTED_ROWS) for table in content.tables())
    attached = []
    for table in setting.cut_tables():
        rest = BytesIO()
        rows += csv_file.write_rest(table, PRINTED_ROWS, content.zone, rest)
        attached.append(Attached(f"{table.key}.csv", f"{table.title}, from row {PRINTED_ROWS + 1}", rest.getvalue()))
    made = pdf.render(to_html(setting.on_paper(), template), attached)
    out.write(made.content)
    return rows, made.pages
