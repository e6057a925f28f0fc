"""Small believable drawings for the samples; the product's own charts come from app.charts."""

from __future__ import annotations

from markupsafe import Markup

WEEKS = [7.0, 6.1, 6.1, 7.2, 6.0, 6.8, 5.9, 7.0, 6.4, 5.9, 7.2, 6.3, 6.9, 6.1, 7.0, 6.4, 6.0, 6.9]
SINCE = [5.7, 5.3, 5.1, 5.4, 4.8, 5.1, 4.8, 4.6]


def drawing(svg: str) -> Markup:
    return Markup(svg)  # noqa: S704 made of numbers and words of this file


def sparkline(values: list[float], signals: int = 0) -> Markup:
    low, high = min(values), max(values)
    points = [(4 + i * 86 / (len(values) - 1), 28 - 20 * (v - low) / (high - low)) for i, v in enumerate(values)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    marks = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.8" fill="var(--improve)"/>' for x, y in points[len(points) - signals :]
    )
    x, y = points[-1]
    return drawing(
        '<svg viewBox="0 0 94 34" width="94" height="34"><rect y="7" width="94" height="22" fill="var(--common-soft)"/>'
        '<line x1="0" x2="94" y1="18" y2="18" stroke="var(--common)" stroke-dasharray="2 2"/>'
        f'<polyline points="{line}" fill="none" stroke="var(--common)" stroke-width="1.2"/>{marks}'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.4" fill="var(--ink)"/></svg>'
    )


def spc(width: int = 600, paper: bool = False) -> Markup:
    """The no-show rate by week: limits, mean, target, the text reminder as an event."""
    ink, soft, line, blue = (
        ("#14201D", "#F8F9F7", "#D9DED9", "#1467B0")
        if paper
        else ("var(--ink)", "var(--sunk)", "var(--line)", "var(--improve)")
    )
    grey, label = ("#5F6A66", "#5C6864") if paper else ("var(--common)", "var(--ink3)")
    ground = "#FFFFFF" if paper else "var(--surface)"
    left, right, top, bottom, low = 34, width - 96 if width > 400 else width - 62, 26, 206, 3.0
    values = WEEKS + (SINCE[:6] if paper else SINCE)
    step = (right - left - 34) / 26

    def y(value: float) -> float:
        return bottom - (value - low) / 6.0 * (bottom - top)

    def text(x: float, at: float, words: str, extra: str = "") -> str:
        return f'<text x="{x:.1f}" y="{at:.1f}" fill="{label}" {extra}>{words}</text>'

    points = [(left + 12 + i * step, y(v)) for i, v in enumerate(values)]
    event = left + 12 + 17.5 * step
    parts = [f'<rect x="{left}" y="{y(8.6):.1f}" width="{right - left}" height="{y(4.4) - y(8.6):.1f}" fill="{soft}"/>']
    for value in (4, 6, 8):
        parts.append(f'<line x1="{left}" x2="{right}" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="{line}"/>')
        parts.append(text(left - 6, y(value) + 4, f"{value}%", 'text-anchor="end"'))
    for value, words, dash, strong in (
        (8.6, "Upper limit 8.6", "3 3", ""),
        (6.5, "Mean 6.5", "", ""),
        (5.0, "Target ≤ 5.0", "8 3 1 3", "600"),
        (4.4, "Lower limit 4.4", "3 3", ""),
    ):
        colour = ink if strong else grey
        shift = 6 if value == 4.4 else 2
        parts.append(
            f'<line x1="{left}" x2="{right}" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="{colour}" '
            f'stroke-dasharray="{dash}"/>'
        )
        short = words if width > 400 else words.replace(" limit", "").replace("≤ ", "")
        parts.append(
            f'<text x="{right + 6}" y="{y(value) + shift:.1f}" fill="{ink if strong else label}" '
            f'font-weight="{strong or 400}">{short}</text>'
        )
    parts.append(f'<line x1="{event:.1f}" x2="{event:.1f}" y1="14" y2="{bottom}" stroke="{ink}"/>')
    parts.append(
        text(event - 4, 10, "21 Sep: text reminder" + (" 48 h before" if width > 400 else ""), 'text-anchor="end"')
    )
    path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
    parts.append(f'<polyline points="{path}" fill="none" stroke="{grey}" stroke-width="1.2"/>')
    for i, (a, b) in enumerate(points):
        filled = i >= len(WEEKS) and not paper
        parts.append(
            f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3.2" fill="{blue if filled else ground}" '
            f'stroke="{blue if filled else grey}"/>'
        )
    a, b = points[-1]
    parts.append(
        f'<text x="{a:.1f}" y="{b + 16:.1f}" text-anchor="middle" fill="{blue}" font-weight="600">{values[-1]}%</text>'
    )
    parts.append(f'<line x1="{left}" x2="{right}" y1="{bottom}" y2="{bottom}" stroke="{grey}"/>')
    ticks = (
        ((2, "1 Jun"), (7, "6 Jul"), (11, "3 Aug"), (16, "7 Sep"), (20, "5 Oct"))
        if width > 400
        else ((7, "6 Jul"), (16, "7 Sep"))
    )
    for index, words in ticks:
        parts.append(text(points[index][0], bottom + 16, words, 'text-anchor="middle"'))
    parts.append(text(left + 2, bottom - 5, "axis starts at 3%", 'font-size="10"'))
    size = f'viewBox="0 0 {width} 226" width="{width}" height="226"'
    return drawing(f'<svg {size} font-size="11" font-family="Inter Variable, Inter">{"".join(parts)}</svg>')


HOURS = (
    ("08", (8, 0, 0, 0, 1, 0)),
    ("09", (11, 0, 0, 0, 0, 1)),
    ("10", (11, 0, 0, 0, 1, 0)),
    ("11", (10, 0, 0, 0, 2, 0)),
    ("12", (5, 0, 0, 0, 0, 0)),
    ("13", (7, 0, 0, 0, 1, 1)),
    ("14", (7, 3, 0, 0, 1, 1)),
    ("15", (3, 4, 2, 0, 0, 0)),
    ("16", (0, 1, 2, 2, 0, 0)),
)
FILLS = ("var(--f-done)", "var(--f-room)", "var(--f-wait)", "url(#hatch)", "var(--f-cancel)", "var(--f-noshow)")


def hours(width: int = 600) -> Markup:
    step, bottom, unit, left = (width - 60) / 9, 190, 13, 30
    parts = []
    for value in (0, 5, 10):
        y = bottom - value * unit
        parts.append(f'<line x1="{left}" x2="{width - 20}" y1="{y}" y2="{y}" stroke="var(--line)"/>')
        parts.append(f'<text x="{left - 8}" y="{y + 4}" text-anchor="end" fill="var(--ink3)">{value}</text>')
    for i, (hour, counts) in enumerate(HOURS):
        x, y = left + 8 + i * step, float(bottom)
        for count, fill in zip(counts, FILLS, strict=True):
            if count:
                y -= count * unit
                edge = 'stroke="var(--control)"' if fill == "url(#hatch)" else 'stroke="var(--surface)"'
                parts.append(
                    f'<rect x="{x:.1f}" y="{y:.1f}" width="{step - 12:.1f}" height="{count * unit}" '
                    f'fill="{fill}" {edge}/>'
                )
        middle = x + (step - 12) / 2
        parts.append(
            f'<text x="{middle:.1f}" y="{y - 7:.1f}" text-anchor="middle" fill="var(--ink)" '
            f'font-weight="600">{sum(counts)}</text>'
        )
        words = f"{hour}:00" if width > 400 else hour
        parts.append(f'<text x="{middle:.1f}" y="{bottom + 16}" text-anchor="middle" fill="var(--ink3)">{words}</text>')
    size = f'viewBox="0 0 {width} 212" width="{width}" height="212"'
    return drawing(f'<svg {size} font-size="11" font-family="Inter Variable, Inter">{"".join(parts)}</svg>')


def bullet(median: float, high: float, target: float, paper: bool = False) -> Markup:
    """Bar to the median, thin line to the 90th percentile, tick at the target; 35 min is the full width."""
    bar, thin, tick = ("#0B5A52", "#4B9F93", "#14201D") if paper else ("var(--f-done)", "var(--f-room)", "var(--ink)")
    scale = 96 / 35
    return drawing(
        f'<svg viewBox="0 0 96 14" width="96" height="14" aria-hidden="true">'
        f'<line x1="0" x2="{high * scale:.1f}" y1="7" y2="7" stroke="{thin}" stroke-width="2"/>'
        f'<line x1="{high * scale:.1f}" x2="{high * scale:.1f}" y1="4" y2="10" stroke="{thin}" stroke-width="2"/>'
        f'<rect x="0" y="4" width="{median * scale:.1f}" height="6" fill="{bar}"/>'
        f'<line x1="{target * scale:.1f}" x2="{target * scale:.1f}" y1="0" y2="14" stroke="{tick}" '
        'stroke-width="2"/></svg>'
    )


def rate_bar(rate: float, target: float) -> Markup:
    """A rate in percent as a bar with a tick at the target, in literal colours for paper."""
    return drawing(
        '<svg viewBox="0 0 100 10" width="100" height="10">'
        f'<rect y="3" width="{rate * 9:.1f}" height="5" fill="#0B5A52"/>'
        f'<line x1="{target * 9:.1f}" x2="{target * 9:.1f}" y1="1" y2="10" stroke="#14201D"/></svg>'
    )


def interval(low: float, value: float, high: float, middle: float) -> Markup:
    """A rate with its 95% interval against the clinic's own, in literal colours for paper."""
    scale = 12.0
    return drawing(
        '<svg viewBox="0 0 130 10" width="130" height="10">'
        f'<line x1="{middle * scale}" x2="{middle * scale}" y1="0" y2="10" stroke="#7C8883"/>'
        f'<path d="M{low * scale} 2v6M{low * scale} 5H{high * scale}M{high * scale} 2v6" stroke="#14201D" fill="none"/>'
        f'<circle cx="{value * scale}" cy="5" r="2.600" fill="#0B5A52"/></svg>'
    )
