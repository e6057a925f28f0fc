"""Renders every template with sample view models into a folder, for looking at: python -m tests.web.gallery FOLDER."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from app.core.format import FILTERS
from app.web.view_models import Toast

ROOT = Path(__file__).resolve().parents[2]


def url_for(endpoint: str, **values: object) -> str:
    """A stand-in for Flask's: static files below /static, pages as their endpoint's name."""
    if endpoint == "static":
        return f"/static/{values['filename']}"
    return "/" + endpoint.replace(".", "/") + "".join(f"/{value}" for value in values.values())


def environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(FILTERS)
    found.globals.update(url_for=url_for, csrf_token=lambda: "sample-token", build="b1")
    return found


def pages() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(file name, template, context) of every page of the gallery."""
    from tests.web.samples import clinic, explain, paper, wall, work
    from tests.web.samples.shell import shell

    for theme in ("light", "dark", "contrast"):
        yield f"clinic-{theme}", "dashboards/board.html", {"shell": shell(theme=theme), "page": clinic.clinic_page()}
    yield (
        "clinic-table",
        "dashboards/board.html",
        {"shell": shell(theme="light"), "page": clinic.clinic_page(as_table=True)},
    )
    yield "wall", "dashboards/wall_clinic.html", {"page": wall.wall_page()}
    yield "wall-small", "dashboards/wall_clinic.html", {"page": wall.wall_page(small=True)}
    yield "wall-late", "dashboards/wall_clinic.html", {"page": wall.late_wall()}
    metrics = shell("Metrics", "light")
    yield "explain", "metrics/explain.html", {"shell": metrics, "page": explain.explain_page()}
    yield "metrics", "metrics/list.html", {"shell": metrics, "page": explain.catalogue_page()}
    yield "metric", "metrics/detail.html", {"shell": metrics, "page": explain.metric_page()}
    for size in ("A4", "Letter"):
        yield f"paper-{size}", "reports/clinic_operations.html", {"paper": paper.report_paper(size)}
    data, share = shell("Sources", "light"), shell("Reports", "light")
    yield "imports", "imports/list.html", {"shell": data, "page": work.imports_page()}
    yield "import-running", "imports/detail.html", {"shell": data, "page": work.import_page()}
    yield "import-done", "imports/detail.html", {"shell": data, "page": work.import_page(running=False)}
    yield "audit", "audit.html", {"shell": shell("Access log", "light"), "page": work.audit_page()}
    yield "reports", "reports/list.html", {"shell": share, "page": work.reports_page()}
    yield "report-done", "reports/run.html", {"shell": share, "page": work.report_page()}
    yield "report-failed", "reports/run.html", {"shell": share, "page": work.report_page("failed")}
    yield "walls", "walls/list.html", {"shell": shell("Walls", "light"), "page": work.walls_page()}
    yield (
        "account",
        "account.html",
        {"shell": shell("", "light"), "page": work.account_page(), "toasts": [Toast("Password changed.")]},
    )
    yield "login", "auth/login.html", {"page": work.login_page()}
    yield "login-wrong", "auth/login.html", {"page": work.login_page(wrong=True)}
    yield "organization", "auth/organization.html", {"page": work.organization_page()}
    for error in work.error_pages():
        yield f"error-{error.status}", "error.html", {"page": error}


def render(folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    made, jinja = [], environment()
    for name, template, context in pages():
        path = folder / f"{name}.html"
        path.write_text(jinja.get_template(template).render(**context), encoding="utf-8")
        made.append(path)
        if name.startswith("paper"):
            made.append(print_pdf(path))
    return made


def print_pdf(page: Path) -> Path:
    target = page.with_suffix(".pdf")
    fonts = FontConfiguration()
    sheet = CSS(filename=ROOT / "static/css/paper.css", font_config=fonts)
    HTML(filename=page).write_pdf(target, stylesheets=[sheet], font_config=fonts)
    return target


if __name__ == "__main__":
    for page in render(Path(sys.argv[1])):
        print(f"{page.stat().st_size:>8} {page.name}")
