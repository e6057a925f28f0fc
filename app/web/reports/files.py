"""A report's file as an answer: saved, never opened in the product's own origin."""

from flask import Response

from app.services.delivery.mailing import file_name
from app.services.reports.report_files import OpenFile
from app.services.reports.report_types import TYPES


def answer(opened: OpenFile) -> Response:
    """The file in chunks. Whatever stands in it runs no script and asks for nothing."""
    response = Response(opened.content, content_type=TYPES[opened.file.format][1])
    response.content_length = opened.file.bytes
    name = file_name(opened.run, opened.file.format)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
    response.headers["Cache-Control"] = "private, no-store"
    return response
