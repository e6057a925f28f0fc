"""Targets and rules: what the clinics want, from which day on, and the limits that open alerts."""

from datetime import date
from decimal import Decimal, InvalidOperation
from math import isfinite
from uuid import UUID

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core import format
from app.core.errors import AppError, Invalid
from app.core.ids import UNKNOWN, parse_id
from app.core.permissions import Permission
from app.metrics import show
from app.metrics.catalogue import METRICS
from app.metrics.types import Unit
from app.models.settings import rules_of
from app.services import targets
from app.services.doctors import doctors_for
from app.services.places import Places, places_of
from app.services.targets import LIMITS
from app.web.forms import fault_of
from app.web.guard import requires
from app.web.shell import shell
from app.web.view_models import Action, Cell, Column, FormField, FormView, ManagePage, ManagePart, Row, TableView

bp = Blueprint("targets", __name__, url_prefix="/targets")


@bp.get("/")
@requires(Permission.TARGETS_WRITE)
def index() -> ResponseReturnValue:
    """Targets and rules as they stand."""
    return _page()


@bp.post("/")
@requires(Permission.TARGETS_WRITE)
def put() -> ResponseReturnValue:
    """Sets a target from a day on."""
    form = request.form
    metric = METRICS.get(form.get("metric", ""))
    value = _number(form.get("value", ""))
    if value is not None and metric is not None and metric.unit is Unit.PERCENT:
        value /= 100
    clinic_id, doctor_id = _picked("clinic"), _picked("practitioner")
    try:
        targets.put(g.actor, form.get("metric", ""), clinic_id, value, _day(form.get("since", "")), doctor_id)
    except Invalid as error:
        return _page(error)
    return redirect(url_for(".index"), 303)


@bp.post("/<uuid:target_id>/remove")
@requires(Permission.TARGETS_WRITE)
def remove(target_id: UUID) -> ResponseReturnValue:
    """Takes a target away."""
    targets.remove(g.actor, target_id)
    return redirect(url_for(".index"), 303)


@bp.post("/rules")
@requires(Permission.RULES_WRITE)
def rules() -> ResponseReturnValue:
    """Sets the organization's limits."""
    wanted: dict[str, float | None] = {}
    for key, limit in LIMITS.items():
        value = _number(request.form.get(key, ""))
        wanted[key] = None if value is None else float(value) / (100 if limit.share else 1)
    try:
        targets.set_rules(g.actor, wanted)
    except Invalid as error:
        return _page(error)
    return redirect(url_for(".index"), 303)


def _picked(field: str) -> UUID | None:
    """The id that was picked in a field of the form; UNKNOWN for what is none."""
    text = request.form.get(field, "")
    return (parse_id(text) or UNKNOWN) if text else None


def _number(text: str) -> Decimal | None:
    try:
        value = Decimal(text.strip()[:20].replace(",", "")) if text.isascii() else None
    except InvalidOperation:
        return None
    return value if value is not None and isfinite(value) else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _page(error: AppError | None = None) -> ResponseReturnValue:
    places = places_of(g.actor)
    summary = (
        "The newest target that has begun counts. A doctor's own counts before the clinic's, the clinic's before that"
        " of all clinics."
    )
    parts = [
        ManagePart("targets", "Targets", summary, _table(places)),
        ManagePart("new", "Set a target", form=FormView(url_for(".put"), "Set", _target_fields(places, error))),
    ]
    if g.actor.can(Permission.RULES_WRITE):
        words = "Limits of the alerts, and how figures are counted. What is changed here holds at once."
        parts.append(
            ManagePart("rules", "Rules", words, form=FormView(url_for(".rules"), "Change", _rule_fields(error)))
        )
    page = ManagePage("Targets and rules", "What the clinics want. Each change is in the access log.", tuple(parts))
    response = make_response(render_template("manage.html", page=page, shell=shell(g.actor, places)))
    response.status_code = 200 if error is None else error.status
    return response


def _table(places: Places) -> TableView:
    names: dict[UUID | None, str] = {clinic.id: clinic.name for clinic in places.clinics}
    doctors: dict[UUID | None, str] = {None: "All together", **dict(doctors_for(g.actor))}
    currency = places.organization.currency
    rows = []
    for line in targets.lines(g.actor):
        metric = METRICS[line.metric]
        own = g.actor.clinic_ids is None or line.clinic_id in g.actor.clinic_ids
        out = Action("Remove", url_for(".remove", target_id=line.id), "trash-2", tone="danger", about=metric.label)
        rows.append(
            Row(
                (
                    Cell(metric.label, url=url_for("metrics.detail", key=metric.key)),
                    Cell(names.get(line.clinic_id, "All clinics")),
                    Cell(doctors.get(line.practitioner_id, "Another doctor")),
                    Cell(show.value_words(metric.unit, line.value, currency)),
                    Cell(format.date(line.valid_from, "year")),
                    Cell(line.set_by, note=format.moment(line.set_at, places.organization.zone)),
                    Cell(actions=(out,) if own else ()),
                )
            )
        )
    columns = (
        Column("Metric"),
        Column("Clinic", spare=True),
        Column("Doctor", spare=True),
        Column("Target", "figures"),
        Column("From"),
        Column("Set by", spare=True),
        Column("", "actions"),
    )
    return TableView("Targets", columns, tuple(rows), "No target is set yet.", stacked=True)


def _target_fields(places: Places, error: AppError | None) -> tuple[FormField, ...]:
    form = request.form if request.endpoint == "targets.put" else {}
    options = [(str(clinic.id), clinic.name) for clinic in places.clinics]
    if g.actor.clinic_ids is None:
        options.insert(0, ("", "All clinics"))
    metrics = tuple((metric.key, f"{metric.label}{_unit(metric.unit, places)}") for metric in targets.metrics(g.actor))
    return (
        FormField(
            "metric", "Metric", "select", form.get("metric", ""), options=metrics, error=fault_of(error, "metric")
        ),
        FormField(
            "clinic",
            "Clinic",
            "select",
            form.get("clinic", ""),
            options=tuple(options),
            optional=True,
            error=fault_of(error, "clinic"),
        ),
        FormField(
            "practitioner",
            "Doctor",
            "select",
            form.get("practitioner", ""),
            hint="With a doctor it is a target of that doctor's own work.",
            options=(("", "All together"), *((str(id_), name) for id_, name in doctors_for(g.actor))),
            optional=True,
            error=fault_of(error, "practitioner"),
        ),
        FormField(
            "value",
            "Target",
            value=form.get("value", ""),
            hint="In the unit that stands after the metric. Of money and counts: for one day.",
            inputmode="decimal",
            error=fault_of(error, "value"),
        ),
        FormField("since", "From", "date", form.get("since", ""), error=fault_of(error, "since")),
    )


def _unit(unit: Unit, places: Places) -> str:
    words = {Unit.PERCENT: "%", Unit.MINUTES: "min", Unit.DAYS: "days", Unit.MONEY: places.organization.currency}
    return f", {words[unit]}" if unit in words else ""


def _rule_fields(error: AppError | None) -> tuple[FormField, ...]:
    sent = request.form if request.endpoint == "targets.rules" else None
    held = rules_of(g.actor.organization_id)
    fields = []
    for key, limit in LIMITS.items():
        value = getattr(held, key) * 100 if limit.share else getattr(held, key)
        shown = f"{value:g}" if sent is None else sent.get(key, "")
        fault = fault_of(error, key) if sent is not None else ""
        fields.append(FormField(key, limit.label, value=shown, hint=limit.unit, inputmode="decimal", error=fault))
    return tuple(fields)
