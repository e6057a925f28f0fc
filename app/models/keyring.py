"""The keys of organizations, and sealed columns as plain attributes of a model."""

from functools import lru_cache
from typing import Any, Self, overload
from uuid import UUID

from sqlalchemy import select

from app.core.crypto import KeyRing, new_key, unwrap, wrap
from app.core.ids import new_id
from app.extensions import db
from app.models.organizations import OrganizationKey

_kek: list[bytes] = []


def use_installation_key(kek: bytes) -> None:
    """Sets the installation's key-encryption key (32 bytes); called once by `create_app`."""
    _kek[:] = [kek]
    keyring.cache_clear()


@lru_cache(maxsize=256)
def keyring(organization_id: UUID) -> KeyRing:
    """The organization's unwrapped keys; needs its scope open at the first call in a process."""
    rows = db.session.scalars(select(OrganizationKey).where(OrganizationKey.organization_id == organization_id))
    keys = {row.version: unwrap(_kek[0], organization_id, row.version, row.wrapped) for row in rows}
    if not keys:
        raise LookupError(f"organization {organization_id} has no key")
    return KeyRing(organization_id, keys)


def first_key(organization_id: UUID) -> OrganizationKey:
    """A new organization's first key, wrapped and ready to be stored; the caller fills in when."""
    wrapped = wrap(_kek[0], organization_id, 1, new_key())
    return OrganizationKey(organization_id=organization_id, id=new_id(), version=1, wrapped=wrapped)


class sealed:
    """An attribute of text kept in the column `<name>_sealed`, bound to its row; None stays None."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.owner, self.column = owner, f"{name}_sealed"

    def open(self, organization_id: UUID, row_id: UUID, data: bytes | None) -> str | None:
        """The text of a row of which only the sealed column was read."""
        table: str = self.owner.__tablename__  # type: ignore[attr-defined]
        return None if data is None else keyring(organization_id).open(table, self.column, row_id, data)

    @overload
    def __get__(self, row: None, owner: type) -> Self: ...

    @overload
    def __get__(self, row: object, owner: type) -> str | None: ...

    def __get__(self, row: Any, owner: type | None = None) -> Self | str | None:
        if row is None:
            return self
        data = getattr(row, self.column)
        if data is None:
            return None
        return keyring(row.organization_id).open(row.__tablename__, self.column, row.id, data)

    def __set__(self, row: Any, value: str | None) -> None:
        data = None
        if value is not None:
            data = keyring(row.organization_id).seal(row.__tablename__, self.column, row.id, value)
        setattr(row, self.column, data)
