"""The registry of alert rules."""

from collections.abc import Mapping

from app.core.registry import registry
from app.insights import clinical, figures, money, places
from app.insights.episodes import AlertRule, PatientRule
from app.models import Alert

CLINIC_RULES = registry(figures.RULES, places.RULES, money.RULES)
PATIENT_RULES = registry(clinical.RULES)
ALERT_RULES: Mapping[str, AlertRule | PatientRule] = registry(CLINIC_RULES.values(), PATIENT_RULES.values())


def is_about_money(alert: Alert) -> bool:
    """Does it belong on the billing dashboard?"""
    return alert.rule in ALERT_RULES and ALERT_RULES[alert.rule].kind in money.KINDS
