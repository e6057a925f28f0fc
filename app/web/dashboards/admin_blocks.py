"""What the admin's widgets share: a block of the overview, why a value is missing, amounts, cards of facts."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.core import format
from app.services.dashboards.admin_dashboard import AdminDashboard
from app.web.dashboards.board import Board, Built
from app.web.view_models import Fact, Facts

Admin = Board[AdminDashboard]


def block_of(board: Admin, name: str) -> Mapping[str, Any]:
    """A block of the overview by its name in the API; raises KeyError."""
    block: Mapping[str, Any] = board.reading.overview.blocks[name]
    return block


def why(board: Admin, path: str) -> str:
    """Why a value is missing: its own reason, or that of what it belongs to."""
    reasons = board.reading.overview.reasons
    while path and path not in reasons:
        path = path.rpartition(".")[0]
    return reasons.get(path, "Not recorded")


def amount_words(value: Decimal | None, currency: str | None) -> str:
    """An amount, without cents; nothing where it is unknown."""
    return "" if value is None else format.money(value, currency or "USD")


def fact_card(title: str, lines: tuple[Fact, ...], summary: str = "", note: str = "") -> Built:
    """A card of facts."""
    return Built(title, Facts(lines, summary, note))


def unless(value: object, note: str = "") -> str:
    """The note of a count, or why there is none."""
    return "Not counted yet" if value is None else note


def by_currency(board: Admin, amounts: Mapping[str, Decimal], label: str, missing: str) -> tuple[Fact, ...]:
    """A fact for each currency, or one that says what is missing; a sum over currencies would mean nothing."""
    if not amounts:
        return (Fact(label, "", missing),)
    several = len(amounts) > 1
    return tuple(
        Fact(f"{label}, {currency}" if several else label, amount_words(amount, currency))
        for currency, amount in amounts.items()
    )
