"""What the installation measures of itself as widgets: how long answers take, errors, storage, how long it was up."""

from collections.abc import Callable, Sequence
from itertools import dropwhile

from markupsafe import Markup

from app.charts import types as charts
from app.charts.columns import bars
from app.charts.lines import line
from app.core import format
from app.services.platform.traffic import Requests
from app.web.dashboards.admin_blocks import Admin
from app.web.dashboards.board import Built
from app.web.dashboards.charts import twin
from app.web.view_models import (
    Cell,
    Chart,
    Column,
    Condition,
    Phrase,
    Row,
    TableCard,
    TableView,
    Tile,
)

AREAS = 8  # parts of the product in the list of the slowest


AREA_WORDS = {
    "api_docs": "API description",
    "auth": "Logging in",
    "live": "Open pages",
    "live_tickets": "Open pages, entry",
}


FEWEST_HOURS = 6  # of the drawing of answers: hours before the first request are left away up to these


EMPTY = Condition("empty", "Not measured yet", "The scheduler measures each minute.")


def _tile(board: Admin, label: str, value: str, unit: str = "", **more: object) -> Built:
    time_note = format.time(board.reading.overview.health.sampled_at, board.setting.zone, unknown="never")
    body = Tile(label, value, unit, time_note=time_note, **more)  # type: ignore[arg-type]
    return Built(label, body) if value else Built(label, body, EMPTY)


def _phrase(strong: str, rest: str = "") -> Phrase | None:
    return Phrase(strong, rest) if strong else None


def uptime_tile(board: Admin) -> Built:
    """Uptime of 30 days."""
    up = board.reading.overview.health.up
    if up.share is None:
        return _tile(board, "Uptime, 30 days", "")
    down = sum(max(0, day.minutes - day.up) for day in up.days)
    since = format.date(up.days[0].day)
    return _tile(
        board,
        "Uptime, 30 days",
        f"{100 * up.share:.2f}",
        "%",
        change=_phrase(format.minutes(down) if down else "0 min", f"not up since {since}"),
        count_note=f"{format.number(sum(day.minutes for day in up.days))} minutes",
    )


def response_tile(board: Admin) -> Built:
    """Response times of the last hour."""
    whole = board.reading.overview.health.traffic.whole
    if whole.p50_ms is None:
        return _quiet(board, "Response time, last hour")
    return _tile(
        board,
        "Response time, last hour",
        f"{whole.p50_ms:.0f}",
        "ms",
        second=f"95th pct {whole.p95_ms:.0f} ms",
        count_note=format.plural(whole.requests, "request"),
    )


def errors_tile(board: Admin) -> Built:
    """The share of requests that failed in the last hour."""
    whole = board.reading.overview.health.traffic.whole
    if whole.error_rate is None:
        return _quiet(board, "Errors, last hour")
    count = f"{whole.errors} of {format.number(whole.requests)}"
    return _tile(board, "Errors, last hour", f"{100 * whole.error_rate:.2f}", "%", count_note=count)


def _quiet(board: Admin, label: str) -> Built:
    return Built(label, Tile(label), Condition("empty", "None yet", "Nothing was asked in the last hour."))


def storage_tile(board: Admin) -> Built:
    """How full the storage is, and when it will be full at the present rate. For platform admins."""
    health = board.reading.overview.health
    if health.storage_share is None or health.storage_bytes is None:
        return _tile(board, "Storage used", "")
    when = f"full about {format.date(health.up.full_on, 'year')}" if health.up.full_on else health.up.reason
    size = f"{health.storage_bytes / 1e9:.0f} GB, database {(health.database_bytes or 0) / 1e9:.1f} GB"
    return _tile(board, "Storage used", f"{100 * health.storage_share:.0f}", "%", target=when, count_note=size)


def areas(board: Admin) -> Built:
    """Requests of the last hour by area."""
    found = board.reading.overview.health.traffic.areas
    slowest = sorted(found.items(), key=lambda pair: -(pair[1].p95_ms or 0))[:AREAS]
    rows = [_area(AREA_WORDS.get(name, name.replace("_", " ").capitalize()), one) for name, one in slowest]
    if len(rows) > 1:
        rows.append(_area("All", board.reading.overview.health.traffic.whole, "total"))
    columns = (
        Column("Part of the product"),
        *(Column(head, "figures") for head in ("Requests", "Median, ms", "95th, ms")),
        Column("Errors", "figures"),
    )
    table = TableView("Answers by part", columns, tuple(rows), "Nothing was asked in the last hour.")
    shown = f"{len(slowest)} of {len(found)} parts" if len(found) > len(slowest) else ""
    words = "The slowest first, by the 95th percentile."
    return Built("Answers by part, last hour", TableCard(table, words, count_note=shown))


def _area(name: str, one: Requests, kind: str = "") -> Row:
    cells = (
        Cell(name),
        Cell(format.number(one.requests)),
        Cell(format.number(one.p50_ms, unknown="–")),
        Cell(format.number(one.p95_ms, unknown="–")),
        Cell(format.percent(one.error_rate, unknown="–"), tone="beyond" if one.errors else ""),
    )
    return Row(cells, kind)  # type: ignore[arg-type]


def hours(board: Admin) -> Built:
    """How long answers took, hour by hour."""
    every = board.reading.overview.health.traffic.hours
    found = list(dropwhile(lambda pair: pair[1].p50_ms is None, every[:-FEWEST_HOURS])) + list(every[-FEWEST_HOURS:])
    slots = [
        charts.Slot(format.time(hour, board.setting.zone), None, partial=number == len(found) - 1)
        for number, (hour, _) in enumerate(found)
    ]
    series = [
        charts.Series("median", tuple(one.p50_ms for _, one in found)),
        charts.Series("95th percentile", tuple(one.p95_ms for _, one in found)),
    ]
    title = "Response time by hour"
    if all(value is None for one in series for value in one.values):
        return Built(title, None, Condition("empty", "None yet", "Nothing was asked in the last 24 hours."))
    return Built(
        title,
        drawing(
            board,
            "hours",
            title,
            lambda key, size: line(
                slots,
                series,
                title=title,
                id_prefix=key,
                value_format=lambda value: f"{value:.0f} ms",
                head="Hour",
                size=size,
                missing="nothing asked",
            ),
        ),
    )


def days(board: Admin) -> Built:
    """Uptime day by day."""
    title, found = "Minutes not up by day", board.reading.overview.health.up.days
    if not found:
        return Built(title, None, EMPTY)
    items = [
        charts.Bar(format.date(one.day), float(max(0, one.minutes - one.up)), partial=number == len(found) - 1)
        for number, one in enumerate(found)
    ]
    if not any(item.value for item in items):
        words = f"Up in every minute of {format.plural(len(items), 'day')}"
        return Built(title, None, Condition("empty", "0 min", f"{words}, since {format.date(found[0].day)}."))
    return Built(
        title,
        drawing(
            board,
            "days",
            title,
            lambda key, size: bars(
                items, title=title, id_prefix=key, value_format=lambda value: f"{value:.0f} min", head="Day", size=size
            ),
        ),
    )


def drawing(board: Admin, key: str, title: str, draw: Callable[[str, charts.Size], charts.Chart]) -> Chart:
    """A chart drawn for wide and for narrow screens, with its sentence and its table."""
    drawn: Sequence[charts.Chart] = [draw(f"{key}-{size.width:.0f}", size) for size in (charts.WIDE, charts.NARROW)]
    return Chart(
        drawn[0].summary,
        Markup(drawn[0].svg),  # noqa: S704 - our own drawing; its texts are escaped
        Markup(drawn[1].svg),  # noqa: S704
        table=twin(drawn[0].table, title),
        as_table=key in board.as_table,
        table_url=board.page(table=key) + f"#w-{key}",
        chart_url=board.page() + f"#w-{key}",
        time_note=format.time(board.reading.moment, board.setting.zone),
    )
