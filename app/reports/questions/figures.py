"""Figures of the period beside those of the period before, with target, verdict and what they were counted from."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.period import Span
from app.metrics import show
from app.metrics.types import Figure, Query, Result
from app.reports import trend
from app.reports.content import Cell, Column, Kind, Row, Section, Table
from app.reports.definition import Context
from app.reports.words import counted, figure_cell, kind_of, words

TREND_WEEKS = 26


@dataclass(frozen=True)
class Figures:
    """`readings` adds the verdict of the XmR rules on 26 weeks."""

    title: str
    keys: tuple[str, ...]
    readings: bool = False
    note: str = ""

    def ask(self, context: Context) -> list[Query]:
        """The period with its comparison; with readings also the weeks."""
        if not context.shown(self.keys):
            return []
        found = [context.query(self.keys, compare=True)]
        if self.readings:
            found.append(context.query(self.keys, period=context.weeks(TREND_WEEKS), step=Span.WEEK))
        return found

    def tell(self, context: Context, results: Sequence[Result]) -> list[Section]:
        """One table; where no figure is known, the reasons in its place."""
        now = results[0].total.figures
        trends = results[1].total.figures if self.readings else {}
        compares = any(figure.previous is not None for figure in now.values())
        columns = [
            Column("figure", "Figure"),
            Column("value", "This period" if compares else "Figure", Kind.COUNT),
            Column("previous", "Before", Kind.COUNT, printed=compares),
            Column("change", "Change", Kind.COUNT, printed=compares),
            Column("unit", "Unit", printed=False),
            Column("target", "Target"),
        ]
        columns += [Column("reading", "Reading")] if self.readings else []
        rows = tuple(self._row(context, figure, trends.get(key)) for key, figure in now.items())
        key = "_".join(self.title.lower().split())
        table = Table(key, self.title, (*columns, Column("counted", "Counted", Kind.COUNT)), rows)
        unknown = dict.fromkeys(figure.reason or "" for figure in now.values() if figure.reason_code == "not_recorded")
        lead = " ".join(unknown)
        if all(figure.value is None for figure in now.values()):
            lead = " ".join(dict.fromkeys(figure.reason or "Not recorded." for figure in now.values()))
        return [Section(key, self.title, lead, table=table, note=self.note)]

    def _row(self, context: Context, figure: Figure, weeks: Figure | None) -> Row:
        unit, kind = figure.metric.unit, kind_of(figure.metric.unit)
        gap = show.difference(unit, figure.value, figure.previous, context.currency)
        known = figure.previous is not None
        before = Cell(figure.previous, "" if known or figure.value is None else "not known", kind=kind)
        cells = [
            Cell(figure.metric.label),
            figure_cell(figure),
            before,
            Cell(figure.change, text=gap or "", kind=kind),
            Cell(context.currency if kind is Kind.MONEY else kind.value),
            Cell(_target_words(context, figure) or "none set"),
        ]
        if self.readings:
            mark = trend.mark_of(weeks)
            short = figure.reason_code in (None, "empty")
            why = "Loading" if context.loading else "Too few weeks"
            cells.append(Cell(why if short else "") if mark is None else Cell(mark.words, signal=mark))
        return Row((*cells, counted(figure)))


def _target_words(context: Context, figure: Figure) -> str | None:
    if figure.target is None:
        return None
    kind = kind_of(figure.metric.unit)
    line = f"{show.target_sign(figure.metric)} {words(kind, figure.target, context.currency, context.zone)}"
    return line if figure.target_met is None else f"{line}: {'met' if figure.target_met else 'missed'}"
