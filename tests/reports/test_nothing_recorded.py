"""A report of an organization in which nothing is recorded, and one that is made while records are brought in."""

import io

import pytest

from app.core.clock import now
from app.core.ids import new_id
from app.core.period import Span, period_of
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import ImportRun, Source
from app.reports.build import build
from app.reports.catalogue import REPORTS
from app.reports.parameters import Parameters
from app.reports.writing import Format, write
from app.rollups.refresh import refresh

CLOSED = sorted(key for key, one in REPORTS.items() if not one.is_open)


@pytest.mark.parametrize("key", CLOSED)
def test_a_report_of_nothing_says_so_first_and_why_and_has_no_empty_sections(system, session, key):
    with tenant_scope(system.organization_id):
        content = build(REPORTS[key], Parameters(period_of(Span.MONTH, now().date())), system)
    first = content.sections[0]
    assert first.title == "Nothing is recorded"
    assert "No source brings" in first.lead or "No samples" in first.lead
    assert len(content.sections) <= 2
    assert content.summary == () or all(one.cell.value is None for one in content.summary)
    assert 1 <= write(content, Format.PDF, io.BytesIO()).pages <= 3


def test_a_report_says_that_records_are_being_brought_in(system, clinic, make_appointment):
    make_appointment(clinic, now().date())
    db.session.commit()
    refresh(clinic.organization_id)
    source = Source(
        organization_id=clinic.organization_id, id=new_id(), key="north", name="north", kind="fhir", feeds=[]
    )
    db.session.add(source)
    db.session.flush()
    running = ImportRun(
        organization_id=clinic.organization_id,
        id=new_id(),
        source_id=source.id,
        kind="fhir",
        name="north",
        state="running",
        counts={},
        checkpoint={},
        created_at=now(),
    )
    db.session.add(running)
    db.session.flush()
    asked = Parameters(period_of(Span.MONTH, now().date()))
    report = build(REPORTS["appointments"], asked, system)
    assert dict(report.facts)["Imports"] == "under way; figures may still change"
    assert report.summary[0].sentence.endswith("No verdict while records are brought in.")
    readings = {row.cells[-2].value for row in next(report.tables()).lines()}
    assert readings <= {"Loading", ""}
    assert not report.findings
    running.state = "completed"
    db.session.flush()
    assert "Imports" not in dict(build(REPORTS["appointments"], asked, system).facts)
