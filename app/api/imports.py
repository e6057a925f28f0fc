"""Files in, by programs: an upload that runs as a job, and how far it is."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import current_app, g, request
from flask.typing import ResponseReturnValue
from pydantic import AwareDatetime, Field

from app.api.schemas import Schema
from app.core.errors import Invalid
from app.core.permissions import Permission
from app.models import ImportRun
from app.services import access, imports
from app.web.guard import requires

bp = APIBlueprint("api_imports", __name__, url_prefix="/api/v1/imports", tag="Imports")


class UploadIn(Schema):
    """How the bytes of the body are to be read; a multipart body brings its own file name."""

    name: str = Field(default="", max_length=200, description="The file's name, with its ending")
    source: str = Field(default="upload", max_length=80, description="Key of the source that the records come from")
    mapping: str | None = Field(default=None, max_length=80, description="Name of a column mapping, for CSV")


class ImportOut(Schema):
    """A run; `counts` has read, stored, unchanged, unused and rejected for each record type."""

    id: UUID
    name: str
    kind: str
    state: str
    counts: dict[str, dict[str, int]]
    waiting: int
    total_bytes: int | None
    done_bytes: int
    error: str | None
    created_at: AwareDatetime
    started_at: AwareDatetime | None
    finished_at: AwareDatetime | None


@bp.post("")
@requires(Permission.DATA_IMPORT, body=imports.LARGEST)
@bp.input(UploadIn, location="query", arg_name="query")
@bp.output(ImportOut, status_code=202)
def upload(query: UploadIn) -> ResponseReturnValue | tuple[ImportOut, int, dict[str, Any]]:
    """Import a file.

    The body is the file itself, or multipart/form-data with it as `file`. It is imported by a worker; ask for the run
    to see how far it is.
    """
    stream, name = request.stream, query.name
    if request.mimetype == "multipart/form-data":
        file = request.files.get("file")
        if file is None:
            raise Invalid("There is no file.", fields={"file": ["Needed."]})
        stream, name = file.stream, query.name or file.filename or ""
    home = current_app.extensions["mediconnect"].home
    run = imports.take_in(g.actor, home, stream, name, query.source, query.mapping)
    return _out(run), 202, {"Location": f"/api/v1/imports/{run.id}"}


@bp.get("/<uuid:run_id>")
@requires(Permission.DATA_READ)
@bp.output(ImportOut)
def show(run_id: UUID) -> ImportOut:
    """See how far an import is, or what came of it."""
    return _out(access.import_run_for(g.actor, run_id))


def _out(run: ImportRun) -> ImportOut:
    return ImportOut.model_validate(run)
