"""The form of a report's request, made from its definition; it works without script."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.core import relative
from app.core.errors import Invalid
from app.core.period import Period, Span
from app.reports.definition import Definition
from app.reports.parameters import Parameters
from app.services.report_options import Options

DATES = "dates"
_LABELS = {
    "clinics": "Clinics",
    "practitioners": "Doctors",
    "types": "Services",
    "age_bands": "Ages",
    "sexes": "Sexes",
    "payers": "Insurers",
}
_STEPS = (
    ("", "Whole period"),
    (Span.DAY.value, "Days"),
    (Span.WEEK.value, "Weeks"),
    (Span.MONTH.value, "Months"),
    (Span.QUARTER.value, "Quarters"),
    (Span.YEAR.value, "Years"),
)
_LONGEST = timedelta(days=3700)


class RequestForm(FlaskForm):
    """Period and paper; what else a report takes is added by `form_of`."""

    period = SelectField("Period")
    start = DateField("From", validators=[Optional()])
    last = DateField("To", validators=[Optional()])
    size = SelectField("Paper", choices=["A4", "Letter"])


class Ticks(SelectMultipleField):
    """Several choices as boxes; none ticked means all."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def form_of(definition: Definition, options: Options, given: Mapping[str, Any] | None = None) -> RequestForm:
    """The form of a type of report, filled from what was sent or with what it begins with."""
    fields: dict[str, Any] = {
        name: Ticks(_LABELS[name], choices=_choices(choices)) for name, choices in options.choices.items()
    }
    if definition.is_open:
        for domain, choices in options.metrics:
            fields[f"metrics_{domain.lower()}"] = Ticks(domain, choices=_choices(choices))
        fields["by"] = Ticks("By", choices=_choices(options.dimensions))
    if definition.is_open or definition.has_steps:
        fields["step"] = SelectField("Granularity", choices=_choices(_STEPS), default="")
    made = type("Form", (RequestForm,), fields)
    form: RequestForm = made(given)
    named = [(name, _capital(name.replace("_", " "))) for name in relative.NAMES]
    form.period.choices = _choices([*named, (DATES, "These dates")])
    if given is None:
        form.period.data = definition.period
    return form


def _choices(pairs: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in pairs]


def _capital(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def parameters_of(form: RequestForm, today: date, week_start: int) -> Parameters:
    """What the form asks for; raises Invalid with the field."""
    stored: dict[str, Any] = {"size": form.size.data or "A4"}
    metrics: list[str] = []
    for name, field in form._fields.items():
        if isinstance(field, Ticks):
            values = field.data or []
            if set(values) - {choice.value for choice in field.choices}:
                raise Invalid("There is no such choice.", field=name)
            if name.startswith("metrics_"):
                metrics += values
            else:
                stored[name] = values
    if metrics:
        stored["metrics"] = metrics
    if "step" in form and form.step.data:
        stored["step"] = form.step.data
    return Parameters.of(_period(form, today, week_start), {name: value for name, value in stored.items() if value})


def _period(form: RequestForm, today: date, week_start: int) -> Period:
    if form.period.data != DATES:
        return relative.resolve(form.period.data or "", today, week_start)
    start, last = form.start.data, form.last.data
    if start is None or last is None:
        raise Invalid("Give both dates, such as 2026-10-01.", field="start" if start is None else "last")
    if not timedelta(0) <= last - start <= _LONGEST or last == date.max:
        raise Invalid("A report covers one day to ten years, the first date before the last.", field="last")
    return Period(start, last + timedelta(days=1))


def wrong_field(form: RequestForm, name: str) -> str:
    """The field of the form that an error of the parameters is about."""
    if name in form:
        return name
    return next((field for field in form._fields if field.startswith(f"{name}_")), "period")


def choices_of(form: RequestForm) -> tuple[tuple[str, Sequence[Any]], ...]:
    """The fields under headings: what limits the report, then the open choices."""
    limits = [form[name] for name in _LABELS if name in form]
    metrics = [field for name, field in form._fields.items() if name.startswith("metrics_")]
    cut = [form["by"]] if "by" in form else []
    named = (("Figures", metrics), ("Cut by", cut), ("Limit to", limits))
    return tuple((title, fields) for title, fields in named if fields)
