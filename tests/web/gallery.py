"""Renders every template with sample view models into a folder, for looking at: python -m tests.web.gallery FOLDER."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from weasyprint import CSS, HTML

from app.web.filters import FILTERS

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
    found.globals.update(url_for=url_for, csrf_token=lambda: "sample-token")
    return found


def pages() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(file name, template, context) of every page of the gallery."""
    from tests.web.samples import clinic, explain, paper, wall
    from tests.web.samples.shell import shell

    for theme in ("light", "dark", "contrast"):
        yield f"clinic-{theme}", "dashboards/clinic.html", {"shell": shell(theme=theme), "page": clinic.clinic_page()}
    yield (
        "clinic-table",
        "dashboards/clinic.html",
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
    HTML(filename=page).write_pdf(target, stylesheets=[CSS(filename=ROOT / "static/css/paper.css")])
    return target


if __name__ == "__main__":
    for page in render(Path(sys.argv[1])):
        print(f"{page.stat().st_size:>8} {page.name}")
