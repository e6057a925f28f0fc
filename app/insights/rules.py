"""The registry of alert rules."""

from app.core.registry import registry
from app.insights import figures, money, places

ALERT_RULES = registry(figures.RULES, places.RULES, money.RULES)
