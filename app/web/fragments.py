"""A fragment is a named block of its page: one template, read top to bottom."""

from flask import render_template, request
from jinja2_fragments.flask import render_block


def page_or_block(template: str, block: str, **context: object) -> str:
    """The whole page, or one block of it when htmx asks for a part."""
    return render_block(template, block, **context) if asks_for_part() else render_template(template, **context)


def asks_for_part() -> bool:
    """Does htmx ask for a part of the page?"""
    headers = request.headers
    return "HX-Request" in headers and "HX-Boosted" not in headers and headers.get("HX-Request-Type") != "full"
