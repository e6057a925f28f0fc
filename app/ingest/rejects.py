"""The reject list of an import, to read and to download."""

import csv
import io
from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import select

from app.core.tenancy import scope_of
from app.extensions import db
from app.models.ingest import ImportReject

HEADER = ("file", "line", "path", "code", "reason")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_PAGE = 1000


def rejects_csv(import_run_id: UUID) -> Iterator[str]:
    """The rejects of a run as lines of CSV, header first; flat in memory. Needs the organization's scope.

    A cell that a spreadsheet would take for a formula gets an apostrophe before it."""
    yield _row(HEADER)
    query = (
        select(ImportReject.file, ImportReject.line, ImportReject.path, ImportReject.code, ImportReject.reason)
        .where(
            ImportReject.organization_id == scope_of(db.session()),
            ImportReject.import_run_id == import_run_id,
        )
        .order_by(ImportReject.file, ImportReject.line, ImportReject.id)
    )
    for found in db.session.execute(query.execution_options(yield_per=_PAGE)):
        yield _row(tuple(harmless(value) if isinstance(value, str) else value for value in found))


def harmless(text: str) -> str:
    """Text that no spreadsheet runs: with an apostrophe where it would begin a formula."""
    return f"'{text}" if text.lstrip(" '\"").startswith(_FORMULA) or text.startswith(_FORMULA) else text


def _row(values: tuple[object, ...]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(values)
    return text.getvalue()
