"""An explanation as the parts of its page: the division, its words, other definitions, what was left out."""

from app.core import format
from app.metrics import show
from app.metrics.evaluate import exclusions
from app.metrics.explanation import Explanation, OtherDefinition, Reason
from app.metrics.spc import Assurance
from app.metrics.types import Figure, Unit, minus
from app.metrics.values import Quantile, Ratio
from app.web.dashboards import tiles
from app.web.view_models import BarPart, Cell, Column, Division, FunnelBar, Row, TableView
from app.web.view_models.parts import Tone

_ASSURED = {
    Assurance.RELIABLE: "As it runs, the target is met every week.",
    Assurance.OUT_OF_REACH: "As it runs, the target is out of reach.",
    Assurance.HIT_AND_MISS: "As it runs, chance decides whether a week meets the target.",
}


def division(found: Explanation, currency: str) -> Division:
    """The figure as a sum in large type; a figure without a value is the word for its reason."""
    figure, metric = found.figure, found.metric
    if figure.value is None:
        return Division(tiles.condition_words(figure), metric.label)
    value = show.value_words(metric.unit, figure.value, currency)
    if isinstance(metric.value, Ratio) and figure.numerator is not None and figure.denominator is not None:
        scale = f" × {metric.value.scale:,}" if metric.value.scale != 1 else ""
        bottom = show.amount(figure.denominator, currency) + scale
        words = (found.numerator_words, found.denominator_words or "")
        return Division(value, metric.label, show.amount(figure.numerator, currency), words[0], bottom, words[1])
    if isinstance(metric.value, Quantile):
        middle = "the middle one" if metric.value.q == 0.5 else f"{metric.value.q:.0%} are no more"
        return Division(value, f"{middle} of {format.plural(figure.n or 0, 'record')}: {found.numerator_words}")
    return Division(value, found.numerator_words)


def reading(found: Explanation, compared: str, currency: str) -> str:
    """What the figure means: the rule that fired, the change, the target and how often it was met."""
    figure, trend = found.figure, found.trend
    if figure.value is None:
        return figure.reason or ""
    said = []
    if trend.chart is not None and trend.chart.latest is not None:
        said.append(f"By week, {trend.chart.latest.words}.")
    if (change := show.change_words(figure, currency)) is not None:
        said.append(f"{change} {'as' if change == 'Same' else 'than'} {compared}.")
    if (target := show.target_words(figure, currency)) is not None:
        whole = sum(point.value is not None and not point.partial for point in trend.points)
        known = whole and trend.target_met is not None
        met = f", and in {trend.target_met} of the last {format.plural(whole, 'week')}" if known else ""
        said.append(f"{target}{met}.")
    if trend.assurance is not None:
        said.append(_ASSURED[trend.assurance])
    return " ".join(said) or "No target is set and no rule of the control chart fired."


def definitions(found: Explanation, currency: str) -> tuple[tuple[str, str], ...]:
    """The definition as terms and texts, with the target's value and the time of the data."""
    figure = found.figure
    pairs = []
    for term, text in found.words:
        if term == "As defined by" and text == "MediConnect":
            continue  # the definition is our own: nobody else to name
        if term == "Target" and figure.target is not None:
            wanted = show.value_words(figure.metric.unit, figure.target, currency)
            text = f"{show.target_sign(figure.metric)} {wanted}. {text}"
        pairs.append((term, text))
    fresh = format.moment(figure.as_of, found.zone, unknown="No source has sent its records yet")
    return (*pairs, ("Fresh as of", f"{fresh}."))


def others(found: Explanation, currency: str) -> TableView | None:
    """The same records under other bodies' definitions; None where nobody defines it otherwise."""
    if not found.definitions:
        return None
    columns = (Column("Divided by"), Column("Count", "figures"), Column("Result", "figures"))
    rows = tuple(_other(one, found.figure, currency) for one in found.definitions)
    return TableView("The same records under other definitions", columns, rows)


def _other(one: OtherDefinition, figure: Figure, currency: str) -> Row:
    tone: Tone = "strong" if one.shown else ""
    count = (
        f"{show.amount(one.numerator, currency)} ÷ {show.amount(one.denominator, currency)}" if one.denominator else ""
    )
    value = show.value_words(figure.metric.unit, one.value, currency, unknown="None")
    name = Cell(one.label, "shown here" if one.shown else f"({one.source})", tone)
    return Row((name, Cell(count, tone=tone), Cell(value, one.reason or "", tone)))


def left_out_title(found: Explanation) -> str:
    """How many records of the period the figure does not count."""
    funnel = found.funnel
    if funnel is None and _is_hidden(found):
        return "What is left out is too few to show"
    if funnel is None or not funnel.left_out:
        return "Nothing is left out"
    whole, out = format.number(funnel.population), format.number(funnel.left_out)
    return f"{out} of {whole} {_noun(found)} are left out"


def funnel(found: Explanation, currency: str) -> tuple[FunnelBar, ...]:
    """Bars from what there was to what was counted to the result; none where nothing was left out of a count."""
    shape = found.funnel
    if shape is None or not shape.population:
        return ()
    share = float(shape.counted) / float(shape.population)
    bars = [
        FunnelBar(
            f"{show.amount(shape.population, currency)} {_noun(found)} in the period", "", (BarPart("all", 0, 1),)
        ),
        FunnelBar(
            f"{show.amount(shape.counted, currency)} counted",
            f"{show.amount(shape.left_out, currency)} left out" if shape.left_out else "",
            (BarPart("kept", 0, share), BarPart("left", share, 1 - share))
            if shape.left_out
            else (BarPart("kept", 0, 1),),
        ),
    ]
    if (third := _result_bar(found, share, currency)) is not None:
        bars.append(third)
    return tuple(bars)


def _result_bar(found: Explanation, share: float, currency: str) -> FunnelBar | None:
    """How the counted records divide into those above the line and the others."""
    figure, counted = found.figure, found.funnel.counted if found.funnel else 0
    above = figure.numerator
    if figure.metric.unit is not Unit.PERCENT or not counted or figure.denominator != counted or above is None:
        return None
    rest = minus(counted, above)
    if rest < 0:
        return None
    kept = share * float(rest) / float(counted)
    parts = (BarPart("hit", 0, kept), BarPart("miss", kept, share - kept))
    return FunnelBar(
        f"{show.amount(rest, currency)} others", f"{show.amount(above, currency)} {found.numerator_words}", parts
    )


def left_out(found: Explanation, currency: str) -> TableView:
    """The records left out, by reason, and what the figure would be with the doubtful ones."""
    columns = (Column("Reason"), Column("Records", "figures"), Column("Why, or what if"))
    reasons = tuple(one for one in found.funnel.reasons if one.count) if found.funnel else ()
    rows = [
        Row((Cell(one.label), Cell(show.amount(one.count, currency)), Cell(_why(one, found, currency))))
        for one in reasons
    ]
    if rows and found.funnel is not None:
        total = Cell(show.amount(found.funnel.left_out, currency))
        rows.append(Row((Cell("All left out"), total, Cell("")), "total"))
    return TableView("Left out", columns, tuple(rows), empty=_nothing_left_out(found))


def _nothing_left_out(found: Explanation) -> str:
    if found.figure.value is None:
        return "There is no figure, so there is nothing to leave out."
    if found.funnel is None and _is_hidden(found):
        return f"Counts below {found.way.suppressed_below} stay hidden from your role."
    return "The figure counts every record that its definition names."


def _is_hidden(found: Explanation) -> bool:
    """Are there reasons whose records are too few for this viewer?"""
    return found.way.suppressed_below is not None and found.figure.value is not None and bool(exclusions(found.metric))


def _why(one: Reason, found: Explanation, currency: str) -> str:
    if one.what_if is None:
        return one.why
    what_if = show.value_words(found.metric.unit, one.what_if, currency)
    return f"{one.why}; the figure would be {what_if} if all of them counted above the line".removeprefix("; ")


def _noun(found: Explanation) -> str:
    return found.metric.families[0].label
