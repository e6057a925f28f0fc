"""The way to a record for those who see several patients: by its number, or by name and date of birth.

Forms are posted, so that neither a name nor a number stands in an address or a log.
"""

from collections.abc import Sequence

from flask import g, render_template, request, url_for

from app.core import format
from app.models import Patient
from app.services.places import places_of
from app.web.shell import shell
from app.web.view_models import Cell, Column, FormField, FormView, Row, TableView

NOBODY = "No record of yours has this name and date of birth."


def finder(number: str = "", name: str = "", born: str = "", found: Sequence[Patient] = ()) -> str:
    """The forms, with what is wrong about the number, the name or the date, or with the patients found."""
    return render_template(
        "patient/find.html",
        by_number=FormView(
            url_for("patient.find"),
            "Open the record",
            (FormField("record_number", "Record number", error=number, autocomplete="off"),),
        ),
        by_name=FormView(url_for("patient.find_named"), "Find", _name_fields(name, born)),
        found=_table(found) if found else None,
        shell=shell(g.actor, places_of(g.actor)),
    )


def _name_fields(name: str, born: str) -> tuple[FormField, ...]:
    given, hint = request.form, "Family name, given name or both; the beginning is enough"
    return (
        FormField("name", "Name", value=given.get("name", ""), hint=hint, error=name, autocomplete="off"),
        FormField("born", "Date of birth", "date", given.get("born", ""), error=born, autocomplete="off"),
    )


def _table(found: Sequence[Patient]) -> TableView:
    rows = tuple(
        Row(
            (
                Cell(
                    patient.name or "Name not recorded",
                    tone="strong",
                    url=url_for("dashboards.patient", patient_id=patient.id),
                ),
                Cell(patient.record_number or "–"),
                Cell(format.date(patient.birth_date, "year")),
            )
        )
        for patient in found
    )
    return TableView("Patients found", (Column("Patient"), Column("Record"), Column("Born")), rows)
