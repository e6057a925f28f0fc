"""Mapped records to stored rows: identity, references, what follows from them, and the bulk statements."""
