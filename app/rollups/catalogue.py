"""Every fact family by its key."""

from app.core.registry import registry
from app.rollups.families import appointments, capacity, care, clinical, money

FAMILIES = registry(appointments.FAMILIES, capacity.FAMILIES, money.FAMILIES, care.FAMILIES, clinical.FAMILIES)
