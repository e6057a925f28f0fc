"""The patient dashboard: one patient's own page, whole for the patient, their doctors and the administration, and
limited to appointments, contact and balance for the clinic's staff.

A page and an API answer leave one line in the audit log. What an open page asks for afterwards leaves none for as long
as `access.LOOK`, then one again: a day with the page open is a handful of lines, and nothing is read without one.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from uuid import UUID

from app.core.actor import Actor
from app.core.clock import local_day, now
from app.core.errors import Forbidden, Invalid
from app.core.format import given_first
from app.core.period import Span, period_of
from app.core.permissions import Permission, Role
from app.extensions import db
from app.models import Clinic, Patient, Practitioner
from app.rollups.refresh import current_version
from app.services import access, access_log
from app.services.chart.chart_contacts import Booking, VisitKind, booked_in, booked_visits, kinds_of
from app.services.chart.chart_reading import Part, Records, records_of
from app.services.chart.patient_chart import Chart
from app.services.dashboards import readings
from app.services.dashboards.patient_account import COVERAGES, Account, Insurance, account_of, insurance_in
from app.services.dashboards.readings import Reading
from app.services.places import Places
from app.services.platform.access_samples import next_available

LOOKS = 5


@dataclass(frozen=True)
class PatientDashboard(Reading):
    """One patient. Each part is read when it is first asked for, so that a fragment costs what it shows.

    `chart` is None in the limited view: what is not read cannot be shown.
    """

    patient: Patient
    chart: Chart | None
    clinics: Mapping[UUID, Clinic]

    @property
    def is_own(self) -> bool:
        """Does the patient look at their own record?"""
        return self.actor.patient_id == self.patient.id

    @property
    def name(self) -> str | None:
        """The patient's name as people say it."""
        return given_first(self.patient.name)

    @property
    def loading(self) -> str:
        """Imports under way, for those who look after data; patients and doctors can do nothing about them."""
        return super().loading if self.actor.can(Permission.DATA_READ) else ""

    @property
    def age(self) -> int | None:
        """Completed years."""
        return age_on(self.patient.birth_date, self.today)

    @cached_property
    def contact(self) -> Mapping[str, str]:
        """Phone, email and address lines, as far as they are known."""
        return json.loads(self.patient.contact) if self.patient.contact else {}

    @property
    def doctor(self) -> Practitioner | None:
        """The patient's usual doctor."""
        return self._records.found["patient"][0].doctor

    @cached_property
    def next_available(self) -> datetime | None:
        """The usual doctor's first free slot at the patient's clinic; None where none is known in the next weeks."""
        if self.clinic is None or self.patient.practitioner_id is None:
            return None
        return next_available(self.clinic, self.patient.practitioner_id)

    @cached_property
    def _records(self) -> Records:
        if self.chart is not None:
            return self.chart.records
        return records_of(self.patient, besides())

    @cached_property
    def _kinds(self) -> Mapping[UUID, VisitKind]:
        return kinds_of(self.patient.organization_id) if self.chart is None else self.chart.kinds

    @cached_property
    def booked(self) -> tuple[Booking, ...]:
        """Visits to come, the next first."""
        return booked_in(self._records.found["booked"], self._kinds)

    @cached_property
    def insurance(self) -> Insurance | None:
        """Who pays first."""
        return insurance_in(self._records.found["cover"], self.today)

    @property
    def may_see_money(self) -> bool:
        """Is the balance the viewer's business: the patient's own, or that of those who see money?"""
        return self.is_own or self.actor.can(Permission.METRICS_MONEY)

    @cached_property
    def account(self) -> Account | None:
        """What is owed; None for viewers who do not see money."""
        return account_of(self.patient) if self.may_see_money else None

    @cached_property
    def looks(self) -> tuple[access_log.Look, ...]:
        """Who has looked at the record, for the patient alone."""
        return access_log.looks(self.actor, limit=LOOKS) if self.is_own else ()

    @property
    def refills_due(self) -> int | None:
        """Medication whose supply has run out or does within a week; None in the limited view."""
        if self.chart is None:
            return None
        ends = [medicine.next_refill for medicine in self.chart.medicines if medicine.next_refill is not None]
        return sum((end - self.today).days < REFILL_SOON for end in ends)


REFILL_SOON = 7  # days
PATIENT = Part(Patient, (), (Patient.id,), 1, owner="id")  # for the doctor whom the record names


def besides() -> dict[str, Part]:
    """What both views read in the statement of the lists."""
    return {"booked": booked_visits(), "cover": COVERAGES, "patient": PATIENT}


def age_on(birth: date | None, day: date) -> int | None:
    """Completed years on a day."""
    if birth is None:
        return None
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def whose(actor: Actor, patient_id: UUID | None) -> UUID:
    """The patient asked for, or the actor's own record. Raises Forbidden (DASH_006) for a patient's login that is
    linked to no record, Invalid for others who name nobody."""
    actor.require(Permission.DASHBOARD_PATIENT)
    wanted = patient_id or actor.patient_id
    if wanted is not None:
        return wanted
    if Role.PATIENT in actor.roles:
        raise Forbidden("Your login is not linked to a patient's record. Ask the practice.", code="DASH_006")
    raise Invalid("Say which patient.", field="patient_id")


def read(actor: Actor, places: Places, patient_id: UUID | None, again: bool = False) -> PatientDashboard:
    """Opens one patient's dashboard, with its line in the audit log; commits. Raises as `whose` does, and NotFound for
    a patient who is not the actor's. `again`: a page that was looked at asks for itself."""
    wanted = whose(actor, patient_id)
    version = current_version(actor.organization_id)
    whole = actor.can(Permission.CHART_READ)
    patient = (access.chart_for if whole else access.patient_for)(actor, wanted, again=again)
    db.session.commit()
    clinics = {clinic.id: clinic for clinic in places.clinics}
    clinic = clinics.get(patient.home_clinic_id) if patient.home_clinic_id else None
    zone = readings.zone_of(places.organization, clinic)
    return readings.read(
        PatientDashboard,
        actor,
        places.organization,
        clinic,
        period_of(Span.DAY, local_day(now(), zone)),
        [],
        stands_at=version,
        patient=patient,
        chart=Chart(patient, zone, besides()) if whole else None,
        clinics=clinics,
    )
