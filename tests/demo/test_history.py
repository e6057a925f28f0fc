"""What an analyst would find in the simulated years."""

from collections import Counter
from statistics import median

from app.demo.bookings import Booking
from app.demo.calendar import flu, holiday, midnight
from app.demo.clinic import History
from app.demo.feedback import waited
from app.demo.schedule import day_of_week


def past(history: History, since: int = 0) -> list[Booking]:
    return [booking for booking in history.bookings if history.marks.first + since <= booking.day <= history.marks.last]


def no_show_rate(bookings: list[Booking]) -> float:
    found = Counter(booking.outcome for booking in bookings)
    return found["no_show"] / (found["no_show"] + found["completed"])


def lead_days(booking: Booking) -> int:
    return (booking.start - booking.booked) // 1440


def test_the_group_has_about_150_000_appointments_of_which_downtown_has_two_fifths(downtown, riverside):
    assert 56_000 < len(past(downtown)) < 64_000
    assert 19_000 < len(past(riverside)) < 22_500


def test_fewer_patients_stay_away_after_the_text_reminder(downtown):
    reminder = downtown.marks.reminder
    before = [b for b in past(downtown) if reminder - 180 <= b.day < reminder and lead_days(b) >= 2]
    after = [b for b in past(downtown) if b.day >= reminder and lead_days(b) >= 2]
    assert no_show_rate(after) < 0.8 * no_show_rate(before)


def test_the_no_show_rate_is_that_of_a_real_outpatient_clinic(downtown):
    assert 0.045 < no_show_rate(past(downtown)) < 0.075


def test_who_booked_long_ago_stays_away_more_often(downtown):
    assert no_show_rate([b for b in past(downtown) if lead_days(b) > 14]) > 1.3 * no_show_rate(
        [b for b in past(downtown) if lead_days(b) < 2]
    )


def test_young_adults_stay_away_more_often_than_the_old(downtown):
    def aged(low: int, high: int) -> list[Booking]:
        return [b for b in past(downtown) if low <= b.patient.age(b.day) < high]

    assert no_show_rate(aged(18, 30)) > 1.4 * no_show_rate(aged(65, 120))


def test_who_stayed_away_before_does_so_again(downtown):
    often = [b for b in past(downtown) if b.patient.no_shows >= 3]
    never = [b for b in past(downtown) if b.patient.no_shows < 3]
    assert no_show_rate(often) > 1.5 * no_show_rate(never)


def test_flu_weeks_bring_more_visits_to_general_practice(downtown):
    general = Counter(b.day for b in past(downtown) if b.doctor.specialty.key == "GP" and day_of_week(b.day) < 5)
    ill = [count for day, count in general.items() if flu(day) > 0.8]
    well = [count for day, count in general.items() if flu(day) < 0.05]
    assert sum(ill) / len(ill) > 1.1 * sum(well) / len(well)


def test_nobody_is_booked_outside_opening_hours_or_on_a_holiday(downtown):
    for booking in downtown.bookings:
        hours = downtown.plan.hours[day_of_week(booking.day)]
        base = midnight(booking.day, downtown.plan.zone)
        assert hours is not None
        assert holiday(booking.day, "US") is None
        assert hours[0] <= booking.start - base
        assert booking.start + booking.minutes - base <= hours[1]


def test_the_stamps_of_a_visit_are_in_order(downtown):
    for booking in downtown.bookings:
        assert booking.booked < booking.start
        if booking.cancelled is not None:
            assert booking.booked < booking.cancelled < booking.start
            assert booking.started is None
        if booking.started is not None:
            assert (booking.arrived or 0) < booking.started < booking.finished


def test_no_doctor_and_no_room_has_two_visits_at_once(downtown):
    for key in ("doctor", "room"):
        until: dict[str, int] = {}
        seen = [b for b in downtown.bookings if b.started is not None]
        for booking in sorted(seen, key=lambda b: b.started):
            name = booking.doctor.id if key == "doctor" else booking.room
            assert booking.started >= until.get(name, 0)
            until[name] = booking.started + 1 if key == "doctor" else booking.finished


def test_the_department_that_was_held_up_waits_long_on_the_last_day(downtown):
    def waits(key: str) -> list[int]:
        return [
            waited(b)
            for b in downtown.bookings
            if b.day == downtown.marks.last and b.doctor.specialty.key == key and b.arrived and b.started
        ]

    assert median(waits("CARD")) > 25
    assert median(waits("GP")) < 20


def test_waits_are_mostly_short_and_sometimes_long(downtown):
    waits = sorted(waited(b) for b in past(downtown) if b.arrived and b.started)
    assert 4 <= waits[len(waits) // 2] <= 12
    assert 18 <= waits[len(waits) * 9 // 10] <= 35


def test_third_next_available_is_some_days_ahead(downtown):
    mornings = [
        (day, midnight(day, downtown.plan.zone) + 420) for day in range(downtown.marks.last - 60, downtown.marks.last)
    ]
    days = [found for each in downtown.openings.values() for _, _, found in each.samples(mornings)]
    assert 1 <= median(days) <= 8
    assert max(days) <= 40
