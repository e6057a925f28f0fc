"""The registry of alert rules."""

from app.core.registry import registry
from app.insights import places

ALERT_RULES = registry(places.RULES)
