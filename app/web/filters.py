"""The filters of the templates."""

from app.core.format import FILTERS, date, minutes, moment, money, number, percent, plural, points, signed, time

__all__ = ["FILTERS", "date", "minutes", "moment", "money", "number", "percent", "plural", "points", "signed", "time"]
