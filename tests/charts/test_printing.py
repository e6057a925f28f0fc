"""A paper drawing comes out of the PDF engine in its own colours."""

import pytest
from weasyprint import HTML

from app.charts.theme import PAPER, SCREEN
from tests.charts.samples import SAMPLES


@pytest.mark.parametrize("kind", SAMPLES)
def test_the_pdf_engine_draws_a_paper_chart(kind: str) -> None:
    with_chart = HTML(string=SAMPLES[kind](PAPER).svg).write_pdf(uncompressed_pdf=True)
    assert with_chart.count(b" rg\n") + with_chart.count(b" RG\n") > 1


def test_paper_paints_the_accent_where_screen_variables_would_be_lost() -> None:
    accent = b"0.043137 0.352941 0.321569 rg"
    paper, screen = (
        HTML(string=SAMPLES["bars"](theme).svg).write_pdf(uncompressed_pdf=True) for theme in (PAPER, SCREEN)
    )
    assert _has_colour(paper, accent)
    assert not _has_colour(screen, accent)


def _has_colour(pdf: bytes, wanted: bytes) -> bool:
    channels = [float(number) for number in wanted.split()[:3]]
    operators = (line.split() for line in pdf.splitlines() if line.endswith(b" rg"))
    return any(
        len(parts) == 4
        and all(abs(float(part) - channel) < 0.005 for part, channel in zip(parts, channels, strict=False))
        for parts in operators
    )
