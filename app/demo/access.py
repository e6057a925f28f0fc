"""Third next available: how soon a doctor could have been booked, as seen at 07:00 of each working day."""

from app.demo.bookings import Booking
from app.demo.schedule import Session

REACH = 60  # days looked ahead


class Openings:
    """One doctor's bookable slots and when each was taken; slots kept for the same day do not count."""

    def __init__(self) -> None:
        self.slots: list[tuple[int, int, list[tuple[int, int]]]] = []  # (day, start, [(booked, freed)])

    def add(self, session: Session, bookings: list[Booking]) -> None:
        """Takes in a session in the order of time."""
        if session.out and session.out != "sickness":
            return
        taken: dict[int, list[tuple[int, int]]] = {}
        for booking in bookings:
            taken.setdefault(booking.start, []).append((booking.booked, booking.cancelled or 1 << 40))
        for number, start in enumerate(session.slots):
            if number % 5 != 2:
                self.slots.append((session.day, start, taken.get(start, [])))

    def samples(self, mornings: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
        """(day, instant, days to the third open slot) for each (day, instant) on which there was a third."""
        found, begin = [], 0
        for day, at in mornings:
            while begin < len(self.slots) and self.slots[begin][0] < day:
                begin += 1
            open_slots = 0
            for slot_day, start, taken in self.slots[begin:]:
                if slot_day > day + REACH:
                    break
                if start > at and not any(booked <= at < freed for booked, freed in taken):
                    open_slots += 1
                    if open_slots == 3:
                        found.append((day, at, slot_day - day))
                        break
        return found
