"""One clinic's years, day by day: what takes place, whether or not it is known yet."""

from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from app.demo.access import Openings
from app.demo.blueprint import ClinicPlan, OrganizationPlan
from app.demo.bookings import Booking, Desk
from app.demo.calendar import utc_minute
from app.demo.milestones import Milestones, marks_of
from app.demo.people import Doctor, Patient, doctors_of, patients_of, pools_of
from app.demo.schedule import Schedule, Session, day_of_week
from app.demo.visits import Floor, Use

AHEAD = 70  # days simulated beyond the last one, of which only bookings are known
BOOKED_PER_WEEK = 56  # of one doctor, for spreading new patients over the years


@dataclass
class History:
    """Everything that happens in one clinic between `marks.first` and `AHEAD` days after `marks.last`."""

    organization: OrganizationPlan
    plan: ClinicPlan
    number: int
    marks: Milestones
    now: int  # UTC minute up to which things are known
    doctors: list[Doctor] = field(default_factory=list)
    patients: list[Patient] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    bookings: list[Booking] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    openings: dict[str, Openings] = field(default_factory=dict)

    @property
    def horizon(self) -> int:
        """The last simulated day (ordinal)."""
        return self.marks.last + AHEAD


def live(organization: OrganizationPlan, number: int, seed: int, now: datetime) -> History:
    """Simulates clinic `number` of an organization; the last day is its own local date at `now`."""
    plan = organization.clinics[number]
    marks = marks_of(organization, plan.zone, now)
    last = marks.last
    history = History(organization, plan, number, marks, utc_minute(now))
    rng = Random(f"{seed}/{organization.slug}/{plan.key}")
    history.doctors = doctors_of(plan, number, marks.first, last, rng)
    offset = sum(other.patients for other in organization.clinics[:number])
    history.patients = patients_of(plan, organization, offset, marks.first, last, rng)
    _run(history, rng)
    for index, booking in enumerate(history.bookings):
        booking.id = f"{plan.key}-A{index + 1:06d}"
    return history


def _run(history: History, rng: Random) -> None:
    plan, marks = history.plan, history.marks
    schedule = Schedule(plan, history.doctors, marks.first, history.horizon, rng)
    desk = Desk(plan, pools_of(plan, history.patients, marks.first, rng), marks.last, marks.reminder, rng)
    weeks = (history.horizon - marks.first) / 7
    for team in plan.teams:
        desk.expect(team.specialty.key, team.doctors * BOOKED_PER_WEEK * weeks * 0.9)
    floor = Floor(plan, rng)
    history.openings = {doctor.id: Openings() for doctor in history.doctors}
    for day in range(marks.first, history.horizon + 1):
        _live_day(history, day, schedule, desk, floor)


def _live_day(history: History, day: int, schedule: Schedule, desk: Desk, floor: Floor) -> None:
    plan, marks = history.plan, history.marks
    sessions = schedule.day(day)
    by_team: dict[str, list[Booking]] = {team.specialty.key: [] for team in plan.teams}
    for session in sessions:
        made = desk.fill(session)
        if day_of_week(day) < 5:
            history.openings[session.doctor.id].add(session, made)
        by_team[session.doctor.specialty.key] += made
    slowness = 1 + plan.slower * max(0.0, 1 - (marks.last - day) / 270)
    for team in plan.teams:
        made = by_team[team.specialty.key]
        for booking in made:
            desk.turn_out(booking)
        held_up = day == marks.last and plan.held_up == team.specialty.key
        history.uses += floor.run(team, made, slowness, held_up)
        history.bookings += made
    history.sessions += sessions
