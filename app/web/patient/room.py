"""The room of a patient's own record: its blueprint, and the frames of its pages."""

from flask import Blueprint, g, render_template, url_for

from app.core.permissions import Permission
from app.services.places import places_of
from app.web.shell import shell
from app.web.view_models import FormView, Link, Shell, TableView

bp = Blueprint("patient", __name__, url_prefix="/patient")

OWN = Permission.OWN_RECORD


def home() -> Link:
    """The way back to the patient's dashboard."""
    return Link("My health", url_for("dashboards.patient"))


def frame() -> Shell:
    """The frame of the viewer."""
    return shell(g.actor, places_of(g.actor))


def list_page(title: str, table: TableView, links: tuple[Link, ...] = ()) -> str:
    """A page that is one table."""
    return render_template("patient/list.html", title=title, table=table, links=links, crumbs=(home(),), shell=frame())


def form_page(title: str, words: str, form: FormView | None, empty: str = "") -> str:
    """A page that is one form, or the words that stand where there is nothing to ask for."""
    return render_template(
        "patient/form.html", title=title, words=words, form=form, empty=empty, crumbs=(home(),), shell=frame()
    )
