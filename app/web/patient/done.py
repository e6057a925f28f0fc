"""What became of a form that a patient sent."""

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.core.errors import NotFound
from app.web.guard import requires
from app.web.patient.room import OWN, bp, frame, home

DONE = {
    "message": "Your message is with the practice.",
    "refill": "The practice has your request for a refill and will answer you.",
    "visit": "Reception has your wish for a visit and will answer you.",
}


@bp.get("/done/<what>")
@requires(OWN, patients=True)
def done(what: str) -> str:
    """What became of a form that was sent."""
    if what not in DONE:
        raise NotFound("There is no such page.")
    return render_template("patient/done.html", words=DONE[what], home=home(), shell=frame())


def sent(what: str) -> Response:
    """On to the page that says so."""
    return redirect(url_for(".done", what=what), 303)
