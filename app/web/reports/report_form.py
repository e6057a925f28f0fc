"""The form of a report's request, made from its definition; it works without script."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.core import relative
from app.core.errors import Invalid
from app.models import Report
from app.reports.definition import Definition
from app.services.reports.report_asked import GRANULARITIES, Asked
from app.services.reports.report_options import Options
from app.services.reports.report_types import FORMATS, SIZES

DATES = "dates"
_LABELS = {
    "clinics": "Clinics",
    "departments": "Departments",
    "practitioners": "Doctors",
    "types": "Services",
    "age_bands": "Ages",
    "sexes": "Sexes",
    "payers": "Insurers",
}
_STEPS = (
    ("", "Whole period"),
    *zip(GRANULARITIES, ("Days", "Weeks", "Months", "Quarters", "Years"), strict=True),
)
_FIELD_OF = {"clinic_id": "clinics", "doctor_id": "practitioners", "service_types": "types", "granularity": "step"}
_LONGEST = timedelta(days=3700)


class Ticks(SelectMultipleField):
    """Several choices as boxes; none ticked means all."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class RequestForm(FlaskForm):
    """Period, paper and formats, and how it is called where it is saved; what else a report takes is added by
    `form_of`."""

    period = SelectField("Period")
    start = DateField("From", validators=[Optional()])
    last = DateField("To", validators=[Optional()])
    size = SelectField("Paper", choices=list(SIZES))
    formats = Ticks("Formats", choices=[SelectChoice(key, label) for key, (label, _) in FORMATS.items()])
    title = StringField("Title")
    description = StringField("What it is for")
    template = BooleanField("Save as a template, from which others save their own")


def form_of(definition: Definition, options: Options, given: Mapping[str, Any] | None = None) -> RequestForm:
    """The form of a type of report, filled from what was sent or with what it begins with."""
    fields: dict[str, Any] = {
        name: Ticks(_LABELS[name], choices=_choices(choices)) for name, choices in options.choices.items()
    }
    if definition.is_open:
        for domain, choices in options.metrics:
            fields[f"metrics_{domain.lower()}"] = Ticks(domain, choices=_choices(choices))
        fields["by"] = Ticks("By", choices=_choices(options.dimensions))
    fields["step"] = SelectField("Steps of time", choices=_choices(_STEPS), default="")
    made = type("Form", (RequestForm,), fields)
    form: RequestForm = made(given)
    named = [(name, _capital(name.replace("_", " "))) for name in relative.NAMES]
    form.period.choices = _choices([*named, (DATES, "These dates")])
    if given is None:
        form.period.data = definition.period
        form.formats.data = ["pdf"]
        form.title.data = definition.label
    return form


def fill(form: RequestForm, pattern: Report) -> None:
    """Fills a form with what a template asks for."""
    asked = Asked.of(pattern.parameters)
    form.period.data = asked.relative or DATES
    if asked.dates is not None:
        form.start.data, form.last.data = asked.dates.start, asked.dates.last
    form.size.data, form.formats.data = asked.size, list(pattern.formats)
    form.title.data, form.description.data = pattern.title, pattern.description
    values = {**asked.filters, "by": asked.by}
    for name, field in form._fields.items():
        if name.startswith("metrics_"):
            field.data = list(asked.metrics)
        elif isinstance(field, Ticks) and name != "formats":
            field.data = list(values.get(name, ()))
    if "step" in form:
        form.step.data = pattern.parameters.get("granularity") or ""


def _choices(pairs: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in pairs]


def _capital(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def asked_of(form: RequestForm) -> dict[str, Any]:
    """What the form asks for, in the words in which saved reports keep it; raises Invalid with the field."""
    asked: dict[str, Any] = _dates(form) | {"size": form.size.data or "A4"}
    filters: dict[str, list[str]] = {}
    metrics: list[str] = []
    for name, field in form._fields.items():
        if isinstance(field, Ticks) and name != "formats":
            values = list(field.data or [])
            if set(values) - {choice.value for choice in field.choices}:
                raise Invalid("There is no such choice.", field=name)
            if name.startswith("metrics_"):
                metrics += values
            elif name == "by":
                asked["by"] = values
            else:
                filters[name] = values
    if "step" in form and form.step.data:
        asked["granularity"] = form.step.data
    chosen = {name: values for name, values in filters.items() if values}
    return {name: value for name, value in (asked | {"metrics": metrics, "filters": chosen}).items() if value}


def _dates(form: RequestForm) -> dict[str, Any]:
    if form.period.data != DATES:
        return {"period": form.period.data or ""}
    start, last = form.start.data, form.last.data
    if start is None or last is None:
        raise Invalid("Give both dates, such as 2026-10-01.", field="start" if start is None else "last")
    if not timedelta(0) <= last - start <= _LONGEST or last == date.max:
        raise Invalid("A report covers one day to ten years, the first date before the last.", field="last")
    return {"date_range": {"start_date": start.isoformat(), "end_date": last.isoformat()}}


def wrong_field(form: RequestForm, name: str) -> str:
    """The field of the form that an error of what was asked is about."""
    name = _FIELD_OF.get(name, name)
    if name in form:
        return name
    return next((field for field in form._fields if field.startswith(f"{name}_")), "period")


def choices_of(form: RequestForm) -> tuple[tuple[str, Sequence[Any]], ...]:
    """The fields under headings: what limits the report, then the open choices."""
    limits = [form[name] for name in _LABELS if name in form]
    metrics = [field for name, field in form._fields.items() if name.startswith("metrics_")]
    cut = [form["by"]] if "by" in form else []
    named = (("Figures", metrics), ("Cut by", cut), ("Limit to", limits), ("Written as", [form["formats"]]))
    return tuple((title, fields) for title, fields in named if fields)
