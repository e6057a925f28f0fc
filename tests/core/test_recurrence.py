"""What recurs comes once a period, at the time on the wall, whatever the clocks do."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest

from app.core.recurrence import Rule, RuleInvalid

ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/St_Johns",
    "America/Sao_Paulo",
    "Europe/Berlin",
    "Europe/London",
    "Africa/Casablanca",
    "Asia/Tehran",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Auckland",
)
START, END = datetime(2007, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


def on_the_wall(day: date, at: tuple[int, int], zone: ZoneInfo) -> datetime:
    """The first instant at which a clock on the wall shows a time, by trying every offset in force around it.

    Where it never does, the first instant of the same distance after the jump.
    """
    wanted = datetime(day.year, day.month, day.day, *at)  # noqa: DTZ001 - what the clock shows
    around = wanted.replace(tzinfo=UTC)
    near = (around + timedelta(hours=hours) for hours in range(-38, 39, 19))
    offsets = sorted({instant.astimezone(zone).utcoffset() for instant in near}, reverse=True)
    for offset in offsets:
        instant = around - offset
        if instant.astimezone(zone).replace(tzinfo=None) == wanted:
            return instant
    before = (around - timedelta(hours=38)).astimezone(zone).utcoffset()
    return around - before


def days(rule: Rule) -> Iterator[date]:
    """The dates of a rule, counted on a calendar."""
    day = date(2006, 12, 28)
    while day < date(2027, 1, 3):
        last = monthrange(day.year, day.month)[1]
        due = min(rule.month_day or 1, last)
        in_quarter = (day.month - 1) % 3 + 1
        if (
            rule.frequency == "daily"
            or (rule.frequency == "weekly" and day.weekday() == rule.weekday)
            or (rule.frequency == "monthly" and day.day == due)
            or (rule.frequency == "quarterly" and day.day == due and in_quarter == rule.month)
            or (rule.frequency == "yearly" and day.day == due and day.month == rule.month)
        ):
            yield day
        day += timedelta(days=1)


RULES = (
    {"frequency": "daily", "at": "02:30"},
    {"frequency": "daily", "at": "00:00"},
    {"frequency": "weekly", "at": "02:00", "weekday": 6},
    {"frequency": "monthly", "at": "01:15", "month_day": 31},
    {"frequency": "quarterly", "at": "23:45", "month_day": 30, "month": 2},
    {"frequency": "yearly", "at": "09:00", "month_day": 29, "month": 2},
)


@pytest.mark.parametrize("name", ZONES)
def test_twenty_years_of_every_rule_are_what_a_calendar_and_a_clock_on_the_wall_say(name):
    zone = ZoneInfo(name)
    for given in RULES:
        rule = Rule(zone=name, **given)
        hour, minute = map(int, given["at"].split(":"))
        expected = sorted({on_the_wall(day, (hour, minute), zone) for day in days(rule)})
        expected = [instant for instant in expected if START < instant < END]
        found = list(takewhile(lambda instant: instant < END, rule.after(START)))
        assert found == expected, given


@pytest.mark.parametrize("name", ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe"])
def test_a_cron_expression_for_a_time_of_day_runs_once_on_each_of_7305_days(name):
    rule = Rule("cron", name, cron="30 2 * * *")
    found = list(takewhile(lambda instant: instant < END, rule.after(START)))
    local = [instant.astimezone(ZoneInfo(name)).date() for instant in found]
    assert len(local) == len(set(local))
    assert (local[-1] - local[0]).days + 1 == len(local)


def test_every_later_instant_is_found_from_the_one_before():
    rule = Rule("daily", "Europe/Berlin", at="02:30")
    instant = datetime(2026, 3, 27, tzinfo=UTC)
    one_by_one = []
    for _ in range(5):
        instant = rule.next_after(instant)
        one_by_one.append(instant)
    assert one_by_one == rule.next_instants(datetime(2026, 3, 27, tzinfo=UTC), 5)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"frequency": "daily"}, "Every day at 09:00, Europe/Berlin"),
        ({"frequency": "weekly", "weekday": 2}, "Every Wednesday at 09:00, Europe/Berlin"),
        ({"frequency": "monthly", "month_day": 31}, "Every month on its last day at 09:00, Europe/Berlin"),
        (
            {"frequency": "quarterly", "month": 2, "month_day": 5},
            "Every quarter on day 5 of its second month at 09:00, Europe/Berlin",
        ),
        (
            {"frequency": "yearly", "month": 2, "month_day": 31},
            "Every year on the last day of February at 09:00, Europe/Berlin",
        ),
        ({"frequency": "yearly", "month": 7, "month_day": 4}, "Every year on July 4 at 09:00, Europe/Berlin"),
        ({"frequency": "cron", "cron": "0 7 * * 1-5"}, "At 07:00 on Monday through Friday, Europe/Berlin"),
    ],
)
def test_a_rule_is_said_in_words(given, words):
    assert Rule(zone="Europe/Berlin", **given).words() == words


@pytest.mark.parametrize(
    "given",
    [
        {"frequency": "hourly"},
        {"frequency": "daily", "at": "25:00"},
        {"frequency": "daily", "at": "9:00"},
        {"frequency": "daily", "at": "09:00:00"},
        {"frequency": "daily", "zone": "Mars/Olympus"},
        {"frequency": "daily", "zone": "../etc/passwd"},
        {"frequency": "weekly", "weekday": 7},
        {"frequency": "monthly", "month_day": 32},
        {"frequency": "quarterly", "month": 4},
        {"frequency": "cron"},
        {"frequency": "cron", "cron": "* * * *"},
        {"frequency": "cron", "cron": "61 * * * *"},
        {"frequency": "cron", "cron": "0 0 30 2 *"},
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused_with_the_code_of_schedules(given):
    with pytest.raises(RuleInvalid) as caught:
        Rule(**{"zone": "UTC"} | given)
    assert (caught.value.status, caught.value.code) == (400, "ANALYTICS_009")
