"""Doctors and patients of one clinic, and which patients each department draws on."""

from dataclasses import dataclass, field
from datetime import date
from random import Random

from app.demo import names
from app.demo.blueprint import ClinicPlan, OrganizationPlan, Payer, Specialty, Team


@dataclass
class Doctor:
    """A doctor; `early` shifts the working day, `kind` is what patients feel of it, `joined` a day (ordinal)."""

    id: str
    name: str
    specialty: Specialty
    department_id: str
    seat: int
    pattern: int
    early: int
    kind: float
    brisk: float
    joined: int


@dataclass(slots=True)
class Patient:
    """A patient: who, how often and how reliably they come, and what has happened so far."""

    id: str
    record_number: str
    family: str
    given: str
    female: bool
    birth: int
    registered: int
    leaves: int
    weight: int
    careless: float
    payer: Payer | None
    fresh: bool
    visits: int = 0
    no_shows: int = 0
    seen: int = 0
    doctor: str | None = None
    used: bool = False

    def age(self, day: int) -> int:
        """Whole years on a day (ordinal)."""
        return int((day - self.birth) / 365.25)


@dataclass
class Pool:
    """The patients of one department: `regulars` each as often as they tend to come, `fresh` not yet seen."""

    regulars: list[Patient] = field(default_factory=list)
    fresh: list[Patient] = field(default_factory=list)


def doctors_of(plan: ClinicPlan, number: int, first: int, last: int, rng: Random) -> list[Doctor]:
    """The clinic's doctors in the order of its teams; `number` is the clinic's place in its organization."""
    doctors: list[Doctor] = []
    for team in plan.teams:
        for seat in range(team.doctors):
            index = number * 11 + len(doctors)
            given = (names.FEMALE if index % 2 else names.MALE)[index * 5 % 26]
            joined = first - rng.randrange(200, 3000)
            if len(doctors) >= plan.doctors - plan.hires:
                joined = last - 425
            doctors.append(
                Doctor(
                    id=doctor_id(plan, len(doctors) + 1),
                    name=f"{given} {names.FAMILIES[index * 7 % len(names.FAMILIES)]}",
                    specialty=team.specialty,
                    department_id=department_id(plan, team),
                    seat=seat,
                    pattern=len(doctors),
                    early=rng.choice((0, 30, 60)),
                    kind=rng.gauss(0, 0.18),
                    brisk=rng.uniform(0.93, 1.06),
                    joined=joined,
                )
            )
    return doctors


def doctor_id(plan: ClinicPlan, number: int) -> str:
    """The outside name of a clinic's doctor, counted from 1."""
    return f"{plan.key}-D{number}"


def department_id(plan: ClinicPlan, team: Team) -> str:
    """The outside name of a department."""
    return f"{plan.key}-{team.specialty.key}"


def patients_of(
    plan: ClinicPlan, organization: OrganizationPlan, offset: int, first: int, last: int, rng: Random
) -> list[Patient]:
    """The clinic's patients; three in ten were registered before the first day. `offset` numbers the records."""
    children = any(team.specialty.children for team in plan.teams)
    return [
        _patient(plan, organization, offset + number + 1, children and rng.random() < 0.19, first, last, rng)
        for number in range(plan.patients)
    ]


def _patient(
    plan: ClinicPlan, organization: OrganizationPlan, number: int, child: bool, first: int, last: int, rng: Random
) -> Patient:
    age = rng.triangular(0, 16, 3) if child else min(96.0, 17 + rng.weibullvariate(36, 1.7))
    female = rng.random() < 0.54
    fresh = rng.random() >= 0.3
    registered = 0 if fresh else first - rng.randrange(30, 2600)
    stays = rng.expovariate(1 / (365 * (4.5 if plan.slower else 6.0)))
    return Patient(
        id=f"{organization.prefix}-P{number:06d}",
        record_number=f"{organization.prefix}-{number:06d}",
        family=rng.choice(names.FAMILIES),
        given=rng.choice(names.FEMALE if female else names.MALE),
        female=female,
        birth=max(first - int(age * 365.25), date(1925, 1, 1).toordinal()),
        registered=registered,
        leaves=first + int(rng.random() * (last - first if fresh else 1)) + 60 + int(stays),
        weight=rng.choices((1, 3, 7), (60, 30, 10))[0],
        careless=rng.gauss(0, 0.6),
        payer=_payer(organization, age, rng),
        fresh=fresh,
    )


def _payer(organization: OrganizationPlan, age: float, rng: Random) -> Payer | None:
    """Older patients lean to the third payer on the list, the public plan, where there is one."""
    draw = rng.random()
    if age > 65 and len(organization.payers) > 2:
        return organization.payers[2] if draw < 0.8 else organization.payers[0]
    for payer in organization.payers:
        draw -= payer.share
        if draw < 0:
            return payer
    return None


def pools_of(plan: ClinicPlan, patients: list[Patient], first: int, rng: Random) -> dict[str, Pool]:
    """Each department's patients by the specialty's key. A patient is new in one department only."""
    pools = {team.specialty.key: Pool() for team in plan.teams}
    for patient in patients:
        for key in _departments(plan, patient.age(first) < 17, rng):
            if patient.fresh:
                pools[key].fresh.append(patient)
                break
            pools[key].regulars.extend([patient] * patient.weight)
    for pool in pools.values():
        rng.shuffle(pool.fresh)
    return pools


def _departments(plan: ClinicPlan, child: bool, rng: Random) -> list[str]:
    teams = [team for team in plan.teams if team.specialty.children == child]
    chosen = rng.choices(teams, [team.doctors for team in teams])[0].specialty.key
    others = [team.specialty.key for team in teams if team.specialty.key != chosen]
    return [chosen, *(key for key in others if rng.random() < 0.25)]
