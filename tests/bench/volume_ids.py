"""The ids of a benchmark's volume: of a kind, an organization and a number, so that rows find each other unasked."""

from uuid import UUID

KINDS = {"organization": "0000", "clinic": "0001", "department": "0002", "doctor": "0003", "patient": "0004"}
NUMBER = "(('x' || right(id::text, 7))::bit(28)::int)"  # of the row itself


def made_id(kind: str, organization: int, number: int = 0) -> UUID:
    """The id that the volume gives to a thing: `kind` is four hexadecimal digits."""
    return UUID(f"018f{kind}-0000-7000-8{organization:03x}-{number:012x}")


def id_of(kind: str, number: str) -> str:
    """The same in SQL, of the organization `o`."""
    return f"('018f{kind}-0000-7000-8' || lpad(to_hex(o), 3, '0') || '-' || lpad(to_hex({number}), 12, '0'))::uuid"


def id_from(kind: str) -> str:
    """In SQL, the id of what comes of a row: the row's own but for the kind."""
    return f"('018f{kind}' || substr(id::text, 9))::uuid"
