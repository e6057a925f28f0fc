"""Reason codes of failed payments in words."""

WORDS = {
    "declined": "Declined by the bank",
    "expired_card": "Expired card",
    "insufficient_funds": "Insufficient funds",
    "invalid_address": "Invalid billing address",
}


def failure_words(code: str) -> str:
    """A reason code of a failed payment in words."""
    return WORDS.get(code, code.replace("_", " ").capitalize() or "Not recorded")
