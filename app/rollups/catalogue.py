"""Every fact family by its key."""

from app.core.registry import registry
from app.rollups.families import appointments, capacity, care, clinical, collection, money

FAMILIES = registry(
    appointments.FAMILIES,
    capacity.FAMILIES,
    money.FAMILIES,
    care.FAMILIES,
    collection.FAMILIES,
    clinical.FAMILIES,
)
