"""The clinic's month as PDF beside WeasyPrint's own time for the same HTML, on a demo of its own.

Bounds: at most 1.3 times WeasyPrint's own time for writing; the whole report, figures included, in under 5 s; the
preview of the first page in under 1 s. Medians of a few runs by the clock, with the seconds of processor time beside
them; the ratio is of processor time, which other programs on the machine do not lengthen.
"""

import io
import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter, process_time

from sqlalchemy import select
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from app import create_app
from app.core.actor import system_actor
from app.core.clock import today
from app.core.relative import resolve
from app.core.tenancy import tenant_scope
from app.demo.load import load
from app.extensions import db
from app.models import Clinic
from app.reports.build import build, preview
from app.reports.catalogue import REPORTS
from app.reports.formats import html_file
from app.reports.markup import to_html
from app.reports.parameters import Parameters
from app.reports.setting import Setting
from app.reports.writing import TEMPLATE, Format, write
from app.services.organizations import organization_by_slug
from tests.bench.installation import installation

RUNS = 5
MOST_RATIO, MOST_SECONDS, MOST_PREVIEW = 1.3, 5.0, 1.0


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """The median time of a few runs, by the clock and by the processor, after one that warms up."""
    work()
    found = []
    for _ in range(RUNS):
        began, worked = perf_counter(), process_time()
        work()
        found.append((perf_counter() - began, process_time() - worked))
    return median(wall for wall, _ in found), median(cpu for _, cpu in found)


def bare(html: str) -> None:
    """WeasyPrint alone, with the same style and tags."""
    fonts = FontConfiguration()
    style = CSS(filename="static/css/paper.css", font_config=fonts)
    HTML(string=html, base_url="static/").write_pdf(
        stylesheets=[style], font_config=fonts, pdf_tags=True, pdf_variant="pdf/ua-1"
    )


def main() -> int:
    """Prints what was measured; 1 where a bound is broken."""
    with installation() as place, create_app(place.config).app_context():
        load(place.config, slugs=("demo",), past_later=True)
        organization = organization_by_slug("demo")
        assert organization is not None
        actor, definition = system_actor(organization.id, "Bench"), REPORTS["clinic_operations"]
        with tenant_scope(organization.id):
            clinic = db.session.scalars(select(Clinic).where(Clinic.organization_id == organization.id)).first()
            assert clinic is not None
            asked = Parameters(resolve("last_month", today(organization.zone)), clinics=(clinic.id,))
        content = build(definition, asked, actor)
        html = to_html(Setting(content).on_paper(), TEMPLATE)
        own = seconds(lambda: bare(html))
        writing = seconds(lambda: write(content, Format.PDF, io.BytesIO()))
        whole = seconds(lambda: write(build(definition, asked, actor), Format.PDF, io.BytesIO()))
        first = seconds(lambda: html_file.page(preview(definition, asked, actor), TEMPLATE))
    timed = {"WeasyPrint alone": own, "written": writing, "with its figures": whole, "preview": first}
    for name, (wall, cpu) in timed.items():
        print(f"{name:32} {wall:6.2f} s, {cpu:.2f} s of processor time")
    results = (
        ("PDF, of WeasyPrint's own time", writing[1] / own[1], MOST_RATIO),
        ("monthly clinic report, s", whole[0], MOST_SECONDS),
        ("preview of the first page, s", first[0], MOST_PREVIEW),
    )
    for name, value, most in results:
        print(f"{name:32} {value:6.2f}  at most {most}  {'good' if value <= most else 'TOO MUCH'}")
    return int(any(value > most for _, value, most in results))


if __name__ == "__main__":
    sys.exit(main())
