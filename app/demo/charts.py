"""The charts of a clinic's patients: what they have, take and measure, up to the instant that is known.

Each patient draws from a generator of their own, so that a chart follows from seed and patient alone.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from app.demo.bookings import Booking
from app.demo.calendar import DAY, iso, iso_day, midnight
from app.demo.chart_records import (
    Allergy,
    CarePlan,
    ClinicalOrder,
    Condition,
    Dispense,
    Dose,
    Goal,
    Medication,
    Message,
    Observation,
    Result,
    ResultItem,
)
from app.demo.clinic import History
from app.demo.illnesses import (
    ALLERGIES,
    ANSWER,
    BESIDES,
    CREATININE,
    HBA1C,
    ILLNESSES,
    LDL,
    NEWS,
    PANEL,
    POTASSIUM,
    QUESTIONS,
    Analyte,
    Drug,
    Illness,
)
from app.demo.people import Patient
from app.demo.records import Record

SEEN_WITHIN = 270  # days back to a patient's last visit that still make a chart
NEAR = (-3, 2)  # days around the last one: whoever comes then is loaded with the present
SUPPLY = 30
READINGS = 4
_ACTIONS = ["Take medication daily", "Exercise 30 minutes, 3 times a week", "Reduce salt"]


@dataclass
class _Case:
    """One patient with the visits that took place, oldest first, and those to come."""

    patient: Patient
    rng: Random
    visits: list[Booking] = field(default_factory=list)
    coming: list[Booking] = field(default_factory=list)
    illnesses: list[Illness] = field(default_factory=list)

    @property
    def doctor(self) -> str:
        """Who treats the patient: the usual doctor, else the one seen last."""
        return self.patient.doctor or self.visits[-1].doctor.id

    @property
    def keys(self) -> set[str]:
        """The conditions by key."""
        return {illness.key for illness in self.illnesses}


class Charts:
    """The charts of one clinic; `old`: of those who do not come these days, which may be loaded later."""

    def __init__(self, history: History, seed: int) -> None:
        self.history, self.seed = history, seed
        self.now, self.today, self.zone = history.now, history.marks.last, history.plan.zone
        self.cases = self._cases()

    def records(self, old: bool) -> Iterator[Record]:
        """Every record of these charts."""
        for case in self.cases:
            if self._is_near(case) != old:
                yield from self._chart(case)

    def _cases(self) -> list[_Case]:
        found: dict[str, _Case] = {}
        for booking in self.history.bookings:
            if booking.test or booking.patient.registered > self.today:
                continue
            case = found.get(booking.patient.id)
            if case is None:
                rng = Random(f"{self.seed}/{booking.patient.id}/chart")
                case = found[booking.patient.id] = _Case(booking.patient, rng)
            if booking.finished is not None and booking.finished <= self.now:
                case.visits.append(booking)
            elif booking.start > self.now and booking.cancelled is None and booking.booked <= self.now:
                case.coming.append(booking)
        return [case for case in found.values() if case.visits and case.visits[-1].day >= self.today - SEEN_WITHIN]

    def _is_near(self, case: _Case) -> bool:
        first, last = (self.today + days for days in NEAR)
        return case.visits[-1].day >= first or any(booking.day <= last for booking in case.coming)

    def _chart(self, case: _Case) -> Iterator[Record]:
        age, rng = case.patient.age(self.today), case.rng
        case.illnesses = [each for each in ILLNESSES if rng.random() < _share(each, age)]
        yield from self._allergies(case)
        for number, illness in enumerate(case.illnesses):
            since = case.visits[0].day - rng.randrange(30, 2000)
            yield Condition(
                f"{case.patient.id}-CO{number + 1}", case.patient.id, case.doctor, illness.code, illness.name, "active",
                "problem", "true", iso_day(since), iso_day(since),
            )  # fmt: skip
        if not case.illnesses:
            return
        yield from self._vitals(case)
        yield from self._medication(case)
        yield from self._tests(case)
        yield from self._goals(case)
        yield from self._messages(case)

    def _allergies(self, case: _Case) -> Iterator[Record]:
        if case.rng.random() < 0.16:
            allergen, reaction, category, criticality, severity = case.rng.choice(ALLERGIES)
            yield Allergy(
                f"{case.patient.id}-AL1", case.patient.id, case.doctor, allergen, reaction, "active", category,
                criticality, severity, iso_day(case.visits[0].day),
            )  # fmt: skip

    def _vitals(self, case: _Case) -> Iterator[Record]:
        """Blood pressure at the last visits, drifting towards its aim; pulse, weight, temperature at the last one."""
        rng, visits = case.rng, case.visits[-READINGS:]
        high = "hypertension" in case.keys
        systolic = rng.gauss(146, 11) if high else rng.gauss(122, 8)
        weight = rng.gauss(172, 28)
        for number, visit in enumerate(visits):
            systolic += rng.gauss(-4 if high else 0, 4)
            upper = round(max(96, min(195, systolic)))
            pressure = (upper, round(upper * 0.62 + rng.gauss(1, 3)))
            yield self._finding(case, visit, f"BP{number + 1}", "85354-9", "Blood pressure", None, "mm[Hg]", pressure)
        last = visits[-1]
        for code, name, unit, value in (
            ("8867-4", "Heart rate", "/min", f"{rng.gauss(72, 8):.0f}"),
            ("29463-7", "Body weight", "[lb_av]", f"{weight:.0f}"),
            ("8310-5", "Body temperature", "[degF]", f"{rng.gauss(98.4, 0.3):.1f}"),
        ):
            yield self._finding(case, last, code, code, name, value, unit, None)

    def _finding(
        self, case: _Case, visit: Booking, key: str, code: str, name: str, value: str | None, unit: str,
        pressure: tuple[int, int] | None,
    ) -> Observation:  # fmt: skip
        upper, lower = pressure or (None, None)
        return Observation(
            f"{case.patient.id}-{key}", self.history.plan.key, case.patient.id, visit.doctor.id, code, "vital_sign",
            name, "final", iso(visit.left), value, unit, upper, lower, None, None, None,
        )  # fmt: skip

    def _medication(self, case: _Case) -> Iterator[Record]:
        drugs = [illness.drugs[0] for illness in case.illnesses]
        drugs += [second for first, second, share in BESIDES if first in drugs and case.rng.random() < share]
        for number, drug in enumerate(drugs):
            yield from self._drug(case, f"{case.patient.id}-ME{number + 1}", drug)

    def _drug(self, case: _Case, name: str, drug: Drug) -> Iterator[Record]:
        """The prescription, a refill a month, one in six late or given up, and the doses of the last week."""
        rng, a_day = case.rng, len(drug.times)
        begun = self.today - rng.randrange(60, 150)
        yield Medication(
            name, self.history.plan.key, case.patient.id, case.doctor, "active", drug.code, drug.name,
            f"Take 1 tablet at {' and '.join(drug.times)}", str(a_day), "1", json.dumps({"times": drug.times}),
            iso_day(begun), iso_day(begun), SUPPLY, 11,
        )  # fmt: skip
        day, number, careless = begun, 0, rng.random() < 0.16
        while day <= self.today:
            number += 1
            at = midnight(day, self.zone) + 600
            if at > self.now:
                break
            yield Dispense(f"{name}-{number}", name, "completed", iso(at), str(SUPPLY * a_day), SUPPLY)
            day += SUPPLY + (rng.randrange(4, 26) if careless else rng.randrange(-4, 2))
        if rng.random() < 0.25:
            yield from self._doses(case, name, drug)

    def _doses(self, case: _Case, name: str, drug: Drug) -> Iterator[Record]:
        for back in range(7, 0, -1):
            for time in drug.times:
                due = midnight(self.today - back, self.zone) + int(time[:2]) * 60
                status = "missed" if case.rng.random() < 0.06 else "taken"
                yield Dose(f"{name}-D{back}-{time[:2]}", case.patient.id, name, status, iso(due))

    def _tests(self, case: _Case) -> Iterator[Record]:
        """A panel after the last visit or the one before; for one in six a fasting test that is still to come."""
        rng = case.rng
        for number, visit in enumerate(case.visits[-2:]):
            if rng.random() < 0.55:
                yield from self._panel(case, visit, f"{case.patient.id}-LA{number + 1}")
        if rng.random() < 0.17:
            due = midnight(self.today + rng.randrange(1, 21), self.zone) + 480
            yield ClinicalOrder(
                f"{case.patient.id}-LA9", self.history.plan.key, case.patient.id, case.doctor, "active", "laboratory",
                "57698-3", "Lipid panel", iso(case.visits[-1].left), iso(due), "Laboratory", "true", 12,
                "Nothing to eat and only water to drink for 12 hours before",
            )  # fmt: skip

    def _panel(self, case: _Case, visit: Booking, name: str) -> Iterator[Record]:
        rng, doctor = case.rng, visit.doctor.id
        issued = visit.left + rng.randrange(1200, 3 * DAY)
        looked = issued + rng.randrange(60, 4 * DAY)
        done = issued <= self.now
        yield ClinicalOrder(
            name, self.history.plan.key, case.patient.id, doctor, "completed" if done else "active", "laboratory",
            *PANEL, iso(visit.left), None, None, None, None, None,
        )  # fmt: skip
        if not done:
            return
        odd = []
        for number, analyte in enumerate(_analytes(case.keys)):
            value = max(analyte.low * 0.7, rng.gauss(analyte.mean, analyte.spread))
            abnormal = not analyte.low <= value <= analyte.high
            odd += [analyte.name] if abnormal else []
            yield self._value(case, doctor, f"{name}-O{number + 1}", analyte, value, abnormal, issued)
            yield ResultItem(f"{name}-I{number + 1}", f"{name}-R", f"{name}-O{number + 1}")
        summary = f"{', '.join(odd)} out of range" if odd else "All values within range"
        reviewed = looked <= self.now
        yield Result(
            f"{name}-R", name, "final", "laboratory", *PANEL, summary, iso(visit.left), iso(issued),
            "reviewed" if reviewed else "pending", iso(looked) if reviewed else None,
        )  # fmt: skip

    def _value(
        self, case: _Case, doctor: str, name: str, analyte: Analyte, value: float, abnormal: bool, at: int
    ) -> Observation:
        return Observation(
            name, self.history.plan.key, case.patient.id, doctor, analyte.code, "laboratory", analyte.name, "final",
            iso(at), f"{value:.2f}", analyte.unit, None, None, f"{analyte.low}", f"{analyte.high}",
            "true" if abnormal else "false",
        )  # fmt: skip

    def _goals(self, case: _Case) -> Iterator[Record]:
        rng = case.rng
        wanted = (
            ("hypertension", "Blood pressure control", [_below("systolic", 130), _below("diastolic", 80)]),
            ("diabetes", "Long-term blood sugar", [_below("hba1c", 7) | {"unit": "%"}]),
        )
        for key, title, targets in wanted:
            if key in case.keys and rng.random() < 0.6:
                starts = case.visits[-READINGS:][0].day
                state = rng.choices(("improving", "achieved", "no_change", "worsening"), (50, 18, 20, 12))[0]
                yield Goal(
                    f"{case.patient.id}-GO-{key}", self.history.plan.key, case.patient.id, case.doctor, "active", state,
                    title, json.dumps(_ACTIONS), json.dumps({"targets": targets}), iso_day(starts),
                    iso_day(self.today + rng.randrange(-30, 120)),
                )  # fmt: skip
        if len(case.illnesses) > 1:
            yield CarePlan(
                f"{case.patient.id}-CP1", case.patient.id, case.doctor, "active", "Long-term conditions",
                json.dumps(["Medication review twice a year", "Laboratory check twice a year"]),
                iso_day(case.visits[0].day),
            )  # fmt: skip

    def _messages(self, case: _Case) -> Iterator[Record]:
        """A question after the visit, most of them answered; and news of the practice, not always read."""
        rng, name = case.rng, case.patient.id
        asked = case.visits[-1].left + rng.randrange(DAY, 20 * DAY)
        if rng.random() < 0.3 and asked <= self.now:
            subject, body = rng.choice(QUESTIONS)
            read, answered = asked + rng.randrange(20, 1500), asked + rng.randrange(1500, 2 * DAY)
            yield self._message(case, f"{name}-MS1", None, "patient", asked, read, (subject, body))
            if answered <= self.now and rng.random() < 0.9:
                seen = answered + rng.randrange(30, 5 * DAY)
                yield self._message(
                    case, f"{name}-MS2", f"{name}-MS1", "practice", answered, seen, (f"Re: {subject}", ANSWER)
                )
        told = case.visits[-1].left + rng.randrange(DAY, 6 * DAY)
        if rng.random() < 0.4 and told <= self.now:
            seen = told + rng.randrange(60, 20 * DAY)
            yield self._message(case, f"{name}-MS3", None, "practice", told, seen, NEWS)

    def _message(
        self, case: _Case, name: str, answers: str | None, sender: str, sent: int, read: int, said: tuple[str, str]
    ) -> Message:
        return Message(
            name, self.history.plan.key, case.patient.id, case.doctor, answers, sender, "portal", iso(sent),
            iso(read) if read <= self.now else None, *said,
        )  # fmt: skip


def _share(illness: Illness, age: int) -> float:
    first, at_75 = illness.ages
    return 0.0 if age < first else at_75 * min(1.0, (age - first + 5) / (80 - first))


def _analytes(keys: set[str]) -> tuple[Analyte, ...]:
    more = [(HBA1C, "diabetes"), (LDL, "hyperlipidemia")]
    return (CREATININE, POTASSIUM, *(analyte for analyte, key in more if key in keys))


def _below(kind: str, high: int) -> dict[str, object]:
    return {"kind": kind, "high": high}
