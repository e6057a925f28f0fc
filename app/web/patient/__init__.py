"""The pages round a patient's own record: messages, results, requests, who has looked; and the way to a record."""

from app.web.patient import done, messages, record, requests, results
from app.web.patient.room import bp

__all__ = ["bp", "done", "messages", "record", "requests", "results"]
