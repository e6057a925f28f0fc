"""Reason codes of failed payments and of denied claims in words."""

WORDS = {
    "declined": "Declined by the bank",
    "expired_card": "Expired card",
    "insufficient_funds": "Insufficient funds",
    "invalid_address": "Invalid billing address",
}

DENIALS = {  # claim adjustment reason codes, in our own words
    "CO-4": "Modifier does not fit",
    "CO-11": "Diagnosis does not fit",
    "CO-16": "Information missing",
    "CO-18": "Claimed twice",
    "CO-22": "Another insurer pays first",
    "CO-27": "Cover had ended",
    "CO-29": "Sent too late",
    "CO-45": "Above the agreed fee",
    "CO-50": "Not found necessary",
    "CO-96": "Not covered",
    "CO-97": "Part of another service",
    "CO-197": "No prior approval",
}


def failure_words(code: str) -> str:
    """A reason code of a failed payment in words."""
    return WORDS.get(code, code.replace("_", " ").capitalize() or "Not recorded")


def denial_words(code: str | None) -> str:
    """Why an insurer denied a claim, in words; empty for a code without any here."""
    return DENIALS.get(code or "", "")
