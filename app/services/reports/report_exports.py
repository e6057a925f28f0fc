"""One file of a report in a format that was not made with its run: made when somebody asks, kept beside the others."""

import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import Conflict
from app.core.ids import new_id
from app.extensions import db
from app.models import ReportFile, ReportRun
from app.reports.storage import file_key
from app.services import audit
from app.services.reports import report_files, report_types, signed_links
from app.services.reports.report_errors import GenerationFailed
from app.services.reports.report_keeping import keep

LINK_LIVES = timedelta(hours=24)


def export(actor: Actor, run: ReportRun | None, format_: str, charts: bool = True) -> ReportFile:
    """The run's file in a format, made now where it is missing; commits.

    Conflict while the run is not finished, GenerationFailed for one that failed.
    """
    if run is None or run.state in ("pending", "running"):
        raise Conflict("The report is still being made.", code="report_not_ready")
    if run.state == "cancelled":
        raise Conflict("The run was taken back. Run the report again.", code="report_not_ready")
    if run.state == "failed":
        raise GenerationFailed(run.error or "The report could not be made.", run=str(run.id))
    wanted = format_ if charts else report_types.without_charts(format_)
    found = next((file for file in report_files.files_of(actor, run, wanted) if file.format == wanted), None)
    return found or _made(actor, run, wanted)


def link(actor: Actor, file: ReportFile) -> tuple[str, datetime]:
    """A signed path to a file for the actor, and until when it works."""
    until = now() + LINK_LIVES
    return signed_links.PATH + signed_links.make(file.organization_id, file.id, actor.user_id, until), until


def _made(actor: Actor, run: ReportRun, format_: str) -> ReportFile:
    made = report_types.make(run, actor)
    file_id = new_id()
    with tempfile.TemporaryDirectory(prefix="mediconnect-") as folder:
        out = Path(folder, "report")
        pages = made.write(format_, out).pages
        # An attempt number of its own kind: what is exported later never meets what a worker writes.
        key = file_key(actor.organization_id, file_id, run.attempt, 0, format_)
        file = keep(run, actor, format_, out, key, pages, file_id)
    db.session.add(file)
    audit.record(actor, "report.export", "report", run.id, format=format_, sha256=file.sha256)
    db.session.commit()
    return file
