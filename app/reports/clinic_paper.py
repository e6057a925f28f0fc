"""The clinic's month on paper: values to words, tables and drawings."""

from collections.abc import Mapping

from app.core import format
from app.metrics import show
from app.metrics.types import Figure, Metric, Number, Point, Unit
from app.reports import clinic_tables, trend
from app.reports.clinic_operations import (
    KEY,
    NO_SHOW_RATE,
    SECTIONS,
    SEEN,
    WAIT,
    WAIT_P90,
    ClinicOperations,
)
from app.reports.paper import Cell, Column, Finding, ReportPaper, Row, Section, Table
from app.reports.types import ReportRequest

KIND = "Clinic month"


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
        sections=(
            _trend(report),
            clinic_tables.by_day(report, new_page=request.size == "A4"),
            clinic_tables.by_department(report),
            *_sections(report),
            _left_out(report),
        ),
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
    return format.number(figure.n, unknown="")


def _findings(report: ClinicOperations) -> tuple[Finding, ...]:
    makers = ((NO_SHOW_RATE, _no_shows), (SEEN, _visits), (WAIT_P90, _waits))
    return tuple(make(report, report.figures[key]) for key, make in makers if report.figures[key].value is not None)


def _no_shows(report: ClinicOperations, figure: Figure) -> Finding:
    sentence = f"{_counted(figure)} visits. {trend.rule_words(report.trends.get(NO_SHOW_RATE))}"
    return Finding(_value(report, figure.metric, figure.value), f"no-shows{_before(report, figure)}", sentence)


def _visits(report: ClinicOperations, figure: Figure) -> Finding:
    a_day = (
        ""
        if figure.value is None or not report.clinic_days
        else f", {format.number(float(figure.value) / report.clinic_days, 1)} a day"
    )
    sentence = trend.rule_words(report.trends.get(SEEN))
    if figure.previous is not None and report.previous_clinic_days:
        before = format.number(float(figure.previous) / report.previous_clinic_days, 1)
        days = format.plural(report.previous_clinic_days, "clinic day")
        sentence = f"{before} a day in {_before_words(report)}, on {days}. {sentence}"
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
    return f", {_value(report, figure.metric, figure.previous)} in {_before_words(report)}"


def _before_words(report: ClinicOperations) -> str:
    return _previous_words(report) if report.is_partial else f"{report.previous.start:%B}"


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
        before = None if figure.reason_code == "not_recorded" else figure.previous
        first = (Cell(words, tone="muted"), Cell(_value(report, metric, before)), Cell())
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
    words = f"{rate.label}: {rate.numerator_words} ÷ ({rate.denominator_words}). Reading: XmR rules over 26 weeks."
    late = any(figure.late for figure in report.figures.values())
    return f"{words} A source was late when this was made; the last page has each figure's time." if late else words


def _trend(report: ClinicOperations) -> Section:
    figure = report.trends[NO_SHOW_RATE]
    last = format.date(report.weeks[-1].whole.last, "year")
    until = "this one so far" if report.is_partial else f"to {last}"
    drawing, sentence, notes = trend.draw(figure, report.currency, "no-shows")
    note = "XmR chart. Mean and limits from the weeks shown." if figure.signal else ""
    return Section(
        f"No-show rate by week, {until}",
        sentence,
        chart=drawing,
        note=" ".join((note, *(f"{words[:1].upper()}{words[1:]}." for words in notes))).strip(),
    )


def _sections(report: ClinicOperations) -> tuple[Section, ...]:
    """The figures by subject; a subject of which the reader may see nothing is left out."""
    chosen = ((title, tuple(key for key in keys if key in report.figures)) for title, keys in SECTIONS.items())
    return tuple(_section(report, title, keys) for title, keys in chosen if keys)


def _section(report: ClinicOperations, title: str, keys: tuple[str, ...]) -> Section:
    """A table, or the reasons in one line where there is no figure at all."""
    figures = [report.figures[key] for key in keys]
    if any(figure.value is not None for figure in figures):
        return Section(title, table=_figures(report, title, keys))
    return Section(title, lead=" ".join(dict.fromkeys(figure.reason or "Not recorded." for figure in figures)))


def _printed(report: ClinicOperations) -> list[Figure]:
    """The figures that stand in the tables of the report, each once."""
    keys = dict.fromkeys((*KEY, *(key for keys in SECTIONS.values() for key in keys)))
    return [report.figures[key] for key in keys if key in report.figures]


def _left_out(report: ClinicOperations) -> Section:
    rows = [
        Row((Cell(figure.metric.label), Cell(part.label), Cell(part.why), Cell(format.number(part.count))))
        for figure in _printed(report)
        for part in figure.excluded
    ]
    columns = (Column("Figure"), Column("Left out"), Column("Why"), Column("Records", "figures"))
    empty = "No figure of this report leaves out a record."
    return Section("Records left out", table=Table("Records left out", columns, tuple(rows), empty=empty))


def _definitions(report: ClinicOperations) -> tuple[tuple[str, str], ...]:
    return tuple(
        (f"{figure.metric.label}, version {figure.metric.version}", _definition(report, figure))
        for figure in _printed(report)
        if figure.value is not None or figure.metric.key in KEY
    )


def _definition(report: ClinicOperations, figure: Figure) -> str:
    metric = figure.metric
    parts = [metric.description]
    if metric.denominator_words:
        parts.append(f"{_sentence(metric.numerator_words)} ÷ ({metric.denominator_words}).")
    parts.append(f"Date basis: {metric.basis.rstrip('.')}.")
    parts.append(f"In force since {format.date(metric.since, 'year')}.")
    if figure.as_of is not None:
        parts.append(f"Data as of {format.moment(figure.as_of, report.zone)}.")
    return " ".join(parts)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def _confidentiality(report: ClinicOperations) -> str:
    small = any(count is not None and 0 < count < report.small_cell for count in _counts(report))
    whom = f"for staff of {report.organization}, not for publication"
    return f"Contains counts below {report.small_cell}: {whom}" if small else _sentence(whom)


def _counts(report: ClinicOperations) -> list[Number | None]:
    lines: list[Mapping[str, Figure] | Mapping[str, Point]] = [report.figures, report.month]
    lines += [row.figures for row in report.departments]
    for week in report.weeks:
        lines += [week.figures, *(points for _, points in week.days)]
    return [count for line in lines for each in line.values() for count in (each.numerator, each.denominator, each.n)]
