"""Records that pass every check and that the database still does not take: a value too large, a row that is gone."""

from psycopg import DataError, IntegrityError

from app.ingest.reject import Reject

REFUSED = (DataError, IntegrityError)


def refusal(error: Exception) -> Reject:
    """Why a record is not stored: the kind of the error, never its text, which quotes the record."""
    return Reject("", "refused", f"the database does not take this record ({type(error).__name__})")
