"""Sources and imports: what came in, what is coming in, what was refused and why."""

import csv
import io
import tempfile
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from flask import Blueprint, current_app, g, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from app.config import Config
from app.core.csv_cells import plain
from app.core.errors import Invalid
from app.core.format import moment, number
from app.core.permissions import Permission
from app.models import ImportRun, Source
from app.services import access, imports
from app.services.places import Places, places_of
from app.web.fragments import page_or_block
from app.web.guard import requires
from app.web.shell import shell
from app.web.view_models import (
    Action,
    Cell,
    Column,
    Count,
    FormField,
    FormView,
    ImportsPage,
    Link,
    Poll,
    Progress,
    Row,
    RunPage,
    RunState,
    TableView,
)

bp = Blueprint("imports", __name__, url_prefix="/imports")

STATES: dict[str, RunState] = {
    "pending": "queued",
    "running": "running",
    "completed": "completed",
    "failed": "failed",
    "cancelled": "cancelled",
}
STATE_WORDS = {
    "pending": "Waiting",
    "running": "Running",
    "completed": "Completed",
    "failed": "Failed",
    "cancelled": "Cancelled",
}
COUNTED = ("read", "stored", "unchanged", "unused", "rejected")
COUNT_LABELS = {"unused": "not used"}
SHOWN_REJECTS = 100


@bp.get("")
@requires(Permission.DATA_READ)
def index() -> ResponseReturnValue:
    """Sources, the newest imports, and the form for a file."""
    return _list()


@bp.post("")
@requires(Permission.DATA_IMPORT, body=imports.LARGEST)
def upload() -> ResponseReturnValue:
    """Takes a file in; a worker imports it."""
    file = request.files.get("file")
    try:
        if file is None or not file.filename:
            raise Invalid("Choose a file.", field="file")
        run = imports.take_in(g.actor, _home(), file.stream, file.filename, request.form.get("source", ""))
    except Invalid as error:
        return _list(error)
    return redirect(url_for(".show", run_id=run.id), 303)


@bp.get("/<uuid:run_id>")
@requires(Permission.DATA_READ)
def show(run_id: UUID) -> ResponseReturnValue:
    """One import: live while it lasts, then what came of it."""
    run = access.import_run_for(g.actor, run_id)
    places = places_of(g.actor)
    return page_or_block("imports/detail.html", "run", page=_run_page(run, places), shell=shell(g.actor, places))


@bp.post("/<uuid:run_id>/cancel")
@requires(Permission.DATA_IMPORT)
def cancel(run_id: UUID) -> ResponseReturnValue:
    """Takes a run back."""
    imports.cancel(g.actor, run_id)
    return redirect(url_for(".show", run_id=run_id), 303)


@bp.get("/<uuid:run_id>/rejects.csv")
@requires(Permission.DATA_READ)
def rejects(run_id: UUID) -> ResponseReturnValue:
    """Every rejected record as CSV: file, line, place in the record, code, reason."""
    # Written before it is sent: the rows are gone once the request's scope is closed.
    file = tempfile.SpooledTemporaryFile(max_size=1024 * 1024)  # noqa: SIM115 - closed when it has been sent
    text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
    out = csv.writer(text)
    out.writerow(("file", "line", "path", "code", "reason"))
    for r in imports.rejects(g.actor, run_id):
        out.writerow(map(plain, (r.file, r.line, r.path, r.code, r.reason)))
    text.detach()
    file.seek(0)
    return send_file(file, "text/csv", as_attachment=True, download_name=f"rejects-{run_id}.csv")


def _home() -> Path:
    config: Config = current_app.extensions["mediconnect"]
    return config.home


def _list(error: Invalid | None = None) -> ResponseReturnValue:
    places = places_of(g.actor)
    zone = places.organization.zone
    sources = imports.sources(g.actor)
    page = ImportsPage(
        upload=_upload_form(sources, error) if g.actor.can(Permission.DATA_IMPORT) else None,
        runs=_runs(zone),
        sources=_sources(sources, zone),
        words=f"{len(sources)} source{'' if len(sources) == 1 else 's'}.",
    )
    response = make_response(render_template("imports/list.html", page=page, shell=shell(g.actor, places)))
    response.status_code = error.status if error else 200
    return response


def _upload_form(sources: Iterable[Source], error: Invalid | None) -> FormView:
    known = [(source.key, source.name) for source in sources if source.key != "upload"]
    options = (("upload", "Uploads"), *known)
    said = error.message if error else ""
    hint = f"At most {imports.LARGEST // 1024**2} MB, also gzipped"
    accept = ",".join(f".{ending}" for ending in (*imports.KINDS, "gz"))
    return FormView(
        action=url_for(".upload"),
        submit="Import file",
        fields=(
            FormField("file", "File", "file", hint=hint, accept=accept, error=said),
            FormField("source", "Source", "select", "upload", options=options),
        ),
        upload=True,
    )


def _sources(sources: Iterable[Source], zone: str) -> TableView:
    rows = tuple(
        Row((Cell(s.name), Cell(s.kind), Cell(moment(s.fresh_at, zone)), Cell(moment(s.synced_at, zone))))
        for s in sources
    )
    columns = (Column("Source"), Column("Kind"), Column("Last data"), Column("Last import", spare=True))
    return TableView("Sources", columns, rows, empty="No source yet: import a file, or push to /fhir.")


def _runs(zone: str) -> TableView:
    rows = tuple(
        Row(
            (
                Cell(run.name, url=url_for(".show", run_id=run.id)),
                Cell(moment(run.created_at, zone)),
                *(Cell(number(imports.total(run, key))) for key in COUNTED),
                Cell(STATE_WORDS[run.state]),
            )
        )
        for run in imports.latest(g.actor)
    )
    figures = tuple(
        Column(COUNT_LABELS.get(key, key).capitalize(), "figures", spare=key == "unused") for key in COUNTED
    )
    columns = (Column("File"), Column("Asked for", spare=True), *figures, Column("State"))
    return TableView("Imports", columns, rows, empty="Nothing was imported yet.")


def _run_page(run: ImportRun, places: Places) -> RunPage:
    open_ = run.state in ("pending", "running")
    rejected = imports.total(run, "rejected")
    download = url_for(".rejects", run_id=run.id)
    may_cancel = open_ and g.actor.can(Permission.DATA_IMPORT)
    return RunPage(
        title=run.name,
        under=places.organization.name,
        crumbs=(Link("Sources and imports", url_for(".index")),),
        state=STATES[run.state],
        state_words=STATE_WORDS[run.state],
        progress=_progress(run) if open_ else None,
        steps=(),
        counts=_counts(run),
        facts=_facts(run, places.organization.zone),
        downloads=(Link("Rejected records as CSV", download),) if rejected else (),
        actions=(Action("Cancel import", url_for(".cancel", run_id=run.id)),) if may_cancel else (),
        failure=run.error or "",
        rejects=_rejects(run) if rejected else None,
        rejects_url=download if rejected else "",
        poll=Poll(url_for(".show", run_id=run.id), 2, f"{run.state}-{run.done_bytes}") if open_ else None,
    )


def _progress(run: ImportRun) -> Progress:
    if not run.total_bytes:
        return Progress("Waiting for a worker")
    done, total = run.done_bytes / 1024**2, run.total_bytes / 1024**2
    return Progress(f"{number(done, 1)} of {number(total, 1)} MB", run.done_bytes / run.total_bytes)


def _counts(run: ImportRun) -> tuple[Count, ...]:
    counted = tuple(Count(COUNT_LABELS.get(key, key), number(imports.total(run, key))) for key in COUNTED)
    waiting = Count("waiting", number(run.waiting), "for a record that was not imported yet")
    return (*counted, waiting) if run.waiting else counted


def _facts(run: ImportRun, zone: str) -> tuple[tuple[str, str], ...]:
    kinds = ", ".join(f"{kind} {number(found.get('read', 0))}" for kind, found in sorted(run.counts.items()))
    facts = (
        ("Asked for", moment(run.created_at, zone)),
        ("Started", moment(run.started_at, zone, unknown="not yet")),
        ("Ended", moment(run.finished_at, zone, unknown="not yet")),
        ("Format", run.kind.upper()),
    )
    named = (("Columns named by", run.mapping),) if run.mapping else ()
    return (*facts, *named, ("Records", kinds)) if kinds else (*facts, *named)


def _rejects(run: ImportRun) -> TableView:
    rows = tuple(
        Row((Cell("" if r.line is None else str(r.line)), Cell(r.file), Cell(r.path), Cell(r.reason)))
        for r in imports.rejects(g.actor, run.id, SHOWN_REJECTS)
    )
    columns = (Column("Line", "figures"), Column("File", spare=True), Column("Field"), Column("Reason"))
    return TableView("Rejected records", columns, rows, page_words=f"The first {len(rows)}" if len(rows) > 99 else "")
