"""A report's paper as HTML: the same markup for print and for the page, without the library that prints."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, meta

from app.reports.paper import ReportPaper

_TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def load(template: str) -> None:
    """Compiles a template and those it is made of, before there is a document to set."""
    environment = _templates()
    source = environment.get_template(template).filename or ""
    for name in meta.find_referenced_templates(environment.parse(Path(source).read_text())):
        if name:
            load(name)


def to_html(paper: ReportPaper, template: str) -> str:
    """The document that is set; the same markup for every size of paper."""
    return _templates().get_template(template).render(paper=paper)
