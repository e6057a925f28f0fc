"""The clinic's month on paper: values to words, tables and drawings."""

from collections.abc import Mapping
from hashlib import sha256

from markupsafe import Markup

from app.charts import types as charts
from app.charts.inline import bullet, interval
from app.charts.theme import PAPER
from app.core import format
from app.metrics import show
from app.metrics.types import Figure, Metric, Number, Point, Unit
from app.reports import trend
from app.reports.clinic_operations import (
    BOOKED,
    KEY,
    NO_SHOW_RATE,
    NO_SHOWS,
    SECTIONS,
    SEEN,
    WAIT,
    WAIT_P90,
    ClinicOperations,
    Week,
)
from app.reports.intervals import wilson
from app.reports.paper import Cell, Column, Finding, ReportPaper, Row, Section, Table
from app.reports.types import ReportRequest

KIND = "Clinic month"
_DAY_HEADS = ("Booked", "Left out", "Counted", "No-shows", "Rate")
_WAIT_HEADS = ("Median wait, min", "90th pct wait, min")
_MARK = charts.Size(110, 14)


def paper(report: ClinicOperations, request: ReportRequest) -> ReportPaper:
    """The whole report as its template reads it."""
    as_of = f"As of {format.moment(report.as_of, report.zone, unknown='an unknown time')}"
    return ReportPaper(
        kind=KIND,
        period=format.date(report.period.start, "month"),
        clinic=report.clinic,
        organization=report.organization,
        facts=_facts(report, request),
        findings=_findings(report),
        key_figures=_figures(report, "Key figures", KEY, readings=True),
        key_note=_key_note(report),
        sections=(_trend(report), _by_day(report), _by_department(report), *_sections(report), _left_out(report)),
        confidentiality=_confidentiality(report),
        running_title=f"{KIND}, {format.date(report.period.start, 'month')}",
        running_scope=f"{report.clinic}, all departments, all doctors",
        running_time=as_of,
        running_comparison=f"Compared with {_previous_words(report)}",
        definitions=_definitions(report),
        size=request.size,
    )


def _facts(report: ClinicOperations, request: ReportRequest) -> tuple[tuple[str, str], ...]:
    last = report.period.last
    so_far = ", so far" if report.is_partial else ""
    return (
        ("Period", f"1 to {format.date(last, 'year')}, {format.plural(report.clinic_days, 'clinic day')}{so_far}"),
        ("Compared with", f"{_previous_words(report)}, {format.plural(report.previous_clinic_days, 'clinic day')}"),
        ("Filters", "all departments, all doctors"),
        ("As of", format.moment(report.as_of, report.zone, unknown="no source says")),
        ("Made for", request.made_for),
        ("Made on", format.moment(request.at, report.zone)),
    )


def _previous_words(report: ClinicOperations) -> str:
    if report.is_partial:
        return f"{report.previous.start.day} to {format.date(report.previous.last, 'year')}"
    return format.date(report.previous.start, "month")


def _value(report: ClinicOperations, metric: Metric, value: Number | None, unknown: str = "") -> str:
    return show.value_words(metric.unit, value, report.currency, unknown)


def _counted(figure: Figure) -> str:
    if figure.metric.unit is Unit.PERCENT and figure.numerator is not None and figure.denominator is not None:
        return f"{format.number(figure.numerator)} of {format.number(figure.denominator)}"
    return "" if figure.n is None else f"{format.number(figure.n)} counted"


def _findings(report: ClinicOperations) -> tuple[Finding, ...]:
    makers = ((NO_SHOW_RATE, _no_shows), (SEEN, _visits), (WAIT_P90, _waits))
    return tuple(make(report, report.figures[key]) for key, make in makers if report.figures[key].value is not None)


def _no_shows(report: ClinicOperations, figure: Figure) -> Finding:
    sentence = f"{_counted(figure)} visits. {trend.rule_words(report.trends.get(NO_SHOW_RATE))}"
    return Finding(_value(report, figure.metric, figure.value), f"no-shows{_before(report, figure)}", sentence)


def _visits(report: ClinicOperations, figure: Figure) -> Finding:
    a_day = "" if not report.clinic_days else f", {format.number(figure.value / report.clinic_days, 1)} a day"
    sentence = trend.rule_words(report.trends.get(SEEN))
    if figure.previous is not None and report.previous_clinic_days:
        before = format.number(figure.previous / report.previous_clinic_days, 1)
        days = format.plural(report.previous_clinic_days, "clinic day")
        sentence = f"{before} a day in {_previous_words(report)}, on {days}. {sentence}"
    return Finding(format.number(figure.value), f"patients came{a_day}", sentence)


def _waits(report: ClinicOperations, figure: Figure) -> Finding:
    median = report.figures[WAIT]
    half = "" if median.value is None else f"Half waited {_value(report, median.metric, median.value)} or less. "
    sentence = f"{half}{trend.rule_words(report.trends.get(WAIT_P90))}"
    clause = f"was the 90th percentile of waits{_before(report, figure)}"
    return Finding(_value(report, figure.metric, figure.value), clause, sentence)


def _before(report: ClinicOperations, figure: Figure) -> str:
    if figure.previous is None:
        return ""
    return f", {_value(report, figure.metric, figure.previous)} in {_previous_words(report)}"


def _figures(report: ClinicOperations, caption: str, keys: tuple[str, ...], readings: bool = False) -> Table:
    """Figures of the month beside those of the month before. `readings` adds the verdict on 26 weeks."""
    months = (f"{report.period.start:%B}", f"{report.previous.start:%B}")
    columns = [Column("Figure"), *(Column(name, "figures") for name in (*months, "Change")), Column("Target")]
    columns += [Column("Reading")] if readings else []
    rows = [_figure_row(report, report.figures[key], readings) for key in keys if key in report.figures]
    return Table(caption, (*columns, Column("Counted", "figures")), tuple(rows))


def _figure_row(report: ClinicOperations, figure: Figure, readings: bool) -> Row:
    metric = figure.metric
    gap = show.difference(metric.unit, figure.value, figure.previous, report.currency)
    reading = _reading(report, figure) if readings else ()
    if figure.value is None:
        words = {"too_few": "Too few to show", "empty": "None"}.get(figure.reason_code or "", "Not recorded")
        first = (Cell(words, tone="muted"), Cell(_value(report, metric, figure.previous)), Cell())
    else:
        first = (
            Cell(_value(report, metric, figure.value), tone="strong"),
            Cell(_value(report, metric, figure.previous, "not known")),
            Cell(gap or ""),
        )
    return Row((Cell(metric.label), *first, _target(report, figure), *reading, Cell(_counted(figure), tone="muted")))


def _target(report: ClinicOperations, figure: Figure) -> Cell:
    if figure.target is None:
        return Cell("none set", tone="muted")
    words = f"{show.target_sign(figure.metric)} {_value(report, figure.metric, figure.target)}"
    if figure.target_met is None:
        return Cell(words)
    return Cell(f"{words}: {'met' if figure.target_met else 'missed'}")


def _reading(report: ClinicOperations, figure: Figure) -> tuple[Cell, ...]:
    if figure.reason_code == "too_few":
        return (Cell(f"Shown from {figure.metric.min_n}" if figure.metric.min_n > 1 else "", tone="muted"),)
    mark = trend.mark_of(report.trends.get(figure.metric.key))
    return (Cell("Too few weeks", tone="muted") if mark is None else Cell(signal=mark),)


def _key_note(report: ClinicOperations) -> str:
    rate = report.figures[NO_SHOW_RATE].metric
    late = [figure.metric.label for figure in report.figures.values() if figure.late]
    words = f"{rate.label}: {rate.numerator_words} ÷ ({rate.denominator_words}). Reading: XmR rules over 26 weeks."
    return f"{words} From a source that was late: {', '.join(late)}." if late else words


def _trend(report: ClinicOperations) -> Section:
    figure = report.trends[NO_SHOW_RATE]
    drawing, sentence, notes = trend.draw(figure, report.currency, "no-shows")
    note = "XmR chart. Mean and limits from the weeks shown." if figure.signal else ""
    return Section(
        f"No-show rate by week, to {format.date(report.weeks[-1].whole.last, 'year')}",
        sentence,
        chart=drawing,
        note=" ".join((note, *(f"{words[:1].upper()}{words[1:]}." for words in notes))).strip(),
    )


def _by_day(report: ClinicOperations) -> Section:
    rate = report.month[NO_SHOW_RATE]
    rows: list[Row] = []
    scale = _day_scale(report)
    for week in report.weeks:
        if week.days:
            rows += [_day_row(format.date(day), points, scale, rate.target) for day, points in week.days]
            rows.append(_day_row(_week_words(week), week.figures, scale, rate.target, "sub"))
    if rows:
        whole = format.date(report.period.start, "month")
        rows.append(_day_row(whole, report.month, scale, rate.target, "total"))
    line = "Line: target" if rate.target is None else f"Line: target {format.percent(rate.target)}"
    columns = (
        Column("Day"),
        *(Column(name, "figures") for name in _DAY_HEADS),
        Column("Share" if rate.target is None else line, "mark"),
        *(Column(name, "figures") for name in _WAIT_HEADS),
    )
    table = Table("No-shows and waits by day", columns, tuple(rows), empty="Nothing was booked in this month.")
    return Section("No-shows and waits by day", _day_words(report), table=table, new_page=True)


def _week_words(week: Week) -> str:
    words = f"Week of {week.whole.start.day} {week.whole.start:%b}"
    return f"{words}, {format.plural(len(week.days), 'day')}" if week.is_cut else words


def _day_words(report: ClinicOperations) -> str:
    rate, booked = report.month[NO_SHOW_RATE], report.month[BOOKED]
    if rate.value is None or booked.value is None:
        return rate.reason or ""
    left = booked.value - rate.denominator
    share = format.percent(rate.value)
    return (
        f"{_counted(rate)} visits were no-shows, {share}. {format.number(left)} of {format.number(booked.value)} booked"
        " are left out: cancelled, moved, or without an outcome."
    )


def _day_scale(report: ClinicOperations) -> float:
    rates = [points[NO_SHOW_RATE].value for week in report.weeks for _, points in week.days]
    target = report.month[NO_SHOW_RATE].target
    known = [float(value) for value in (*rates, target) if value is not None]
    return max(known, default=0.0) * 1.05 or 1.0


def _day_row(
    label: str, line: Mapping[str, Point] | Mapping[str, Figure], scale: float, target: Number | None, kind: str = ""
) -> Row:
    booked, rate = line[BOOKED].value, line[NO_SHOW_RATE]
    counted = rate.denominator
    left = None if booked is None or counted is None else booked - counted
    cells = (
        Cell(label),
        Cell(format.number(booked, unknown="")),
        Cell(format.number(left, unknown="")),
        Cell(format.number(counted, unknown="")),
        Cell(format.number(line[NO_SHOWS].value, unknown="few")),
        Cell(format.percent(rate.value, unknown="")),
        Cell(mark=_bar(label, rate.value, scale, target)),
        Cell(format.number(line[WAIT].value, unknown="")),
        Cell(format.number(line[WAIT_P90].value, unknown="")),
    )
    return Row(cells, kind)


def _bar(label: str, share: Number | None, scale: float, target: Number | None) -> Markup:
    if share is None:
        return Markup("")
    drawn = bullet(
        float(share),
        None,
        maximum=scale,
        target=None if target is None else float(target),
        title=f"No-show rate, {label}",
        id_prefix=f"day-{label}".replace(" ", "-").replace(",", ""),
        value_format=format.percent,
        theme=PAPER,
        size=_MARK,
    )
    return Markup(drawn.svg)  # noqa: S704 - our own drawing; its texts are escaped


def _by_department(report: ClinicOperations) -> Section:
    whole = report.month[NO_SHOW_RATE].value
    spans = {row.key: _interval(row.figures[NO_SHOW_RATE]) for row in report.departments}
    highest = max([span[1] for span in spans.values() if span] + [float(whole or 0)], default=0.0) * 1.05 or 1.0
    rows = []
    for row in report.departments:
        rate, span = row.figures[NO_SHOW_RATE], spans[row.key]
        between = "" if span is None else f"{format.number(span[0] * 100, 1)} to {format.percent(span[1])}"
        cells = (
            Cell(row.label),
            Cell(format.number(rate.denominator, unknown="few")),
            Cell(format.number(rate.numerator, unknown="few")),
            Cell(format.percent(rate.value, unknown="")),
            Cell(between),
            Cell(mark=_span(row.label, rate.value, span, highest, whole)),
            Cell(format.number(row.figures[WAIT].value, unknown="")),
            Cell(format.number(row.figures[WAIT_P90].value, unknown="")),
        )
        rows.append(Row(cells))
    heads = ("Counted", "No-shows", "Rate", "95% interval")
    columns = (
        Column("Department"),
        *(Column(name, "figures") for name in heads),
        Column("Line: whole clinic", "mark"),
        *(Column(name, "figures") for name in _WAIT_HEADS),
    )
    table = Table("No-shows by department", columns, tuple(rows), empty="No visit of this month names a department.")
    return Section("No-shows by department", _apart(report, spans, whole), table=table)


def _interval(figure: Figure) -> tuple[float, float] | None:
    if figure.value is None or figure.numerator is None or figure.denominator is None:
        return None
    return wilson(float(figure.numerator), float(figure.denominator))


def _span(
    label: str, share: Number | None, span: tuple[float, float] | None, highest: float, whole: Number | None
) -> Markup:
    if share is None or span is None:
        return Markup("")
    drawn = interval(
        float(share),
        *span,
        minimum=0.0,
        maximum=highest,
        reference=None if whole is None else float(whole),
        title=f"No-show rate, {label}",
        id_prefix=f"department-{sha256(label.encode()).hexdigest()[:8]}",
        value_format=format.percent,
        theme=PAPER,
        size=_MARK,
    )
    return Markup(drawn.svg)  # noqa: S704 - our own drawing; its texts are escaped


def _apart(
    report: ClinicOperations, spans: Mapping[tuple[str, ...], tuple[float, float] | None], whole: Number | None
) -> str:
    """Which departments differ from the clinic by more than chance explains."""
    known = {row.label: spans[row.key] for row in report.departments if spans[row.key] is not None}
    if not known or whole is None:
        return ""
    apart = [label for label, (low, high) in known.items() if not low <= float(whole) <= high]
    if not apart:
        return f"Every interval includes the clinic's {format.percent(whole)}: no department stands apart."
    verb = "stands" if len(apart) == 1 else "stand"
    return (
        f"{', '.join(apart)} {verb} apart from the clinic's {format.percent(whole)}: the interval does not include it."
    )


def _sections(report: ClinicOperations) -> tuple[Section, ...]:
    """The figures by subject; a subject of which the reader may see nothing is left out."""
    return tuple(
        Section(title, table=_figures(report, title, keys))
        for title, keys in SECTIONS.items()
        if any(key in report.figures for key in keys)
    )


def _left_out(report: ClinicOperations) -> Section:
    rows = [
        Row((Cell(figure.metric.label), Cell(part.label), Cell(part.why), Cell(format.number(part.count))))
        for figure in report.figures.values()
        for part in figure.excluded
    ]
    columns = (Column("Figure"), Column("Left out"), Column("Why"), Column("Records", "figures"))
    empty = "No figure of this report leaves out a record."
    return Section("Records left out", table=Table("Records left out", columns, tuple(rows), empty=empty))


def _definitions(report: ClinicOperations) -> tuple[tuple[str, str], ...]:
    found = []
    for figure in report.figures.values():
        metric = figure.metric
        parts = f" {_sentence(metric.numerator_words)}"
        if metric.denominator_words:
            parts = f" {metric.numerator_words[:1].upper()}{metric.numerator_words[1:]} ÷ ({metric.denominator_words})."
        fresh = format.moment(figure.as_of, report.zone, unknown="an unknown time")
        words = f"{metric.description}{parts} By {metric.basis}. In force since {format.date(metric.since, 'year')}."
        found.append((f"{metric.label}, version {metric.version}", f"{words} Data as of {fresh}."))
    return tuple(found)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}." if words else ""


def _confidentiality(report: ClinicOperations) -> str:
    small = any(_is_small(count) for count in _counts(report))
    whom = f"for staff of {report.organization}, not for publication"
    return f"Contains counts below 11: {whom}" if small else f"{whom[:1].upper()}{whom[1:]}"


def _is_small(count: Number | None) -> bool:
    return count is not None and 0 < count < 11


def _counts(report: ClinicOperations) -> list[Number | None]:
    lines: list[Mapping[str, Figure] | Mapping[str, Point]] = [report.figures, report.month]
    lines += [row.figures for row in report.departments]
    for week in report.weeks:
        lines += [week.figures, *(points for _, points in week.days)]
    return [count for line in lines for each in line.values() for count in (each.numerator, each.denominator, each.n)]
