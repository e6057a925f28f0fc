"""The parent of what goes in and out, and what every answer may be."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Schema(BaseModel):
    """Unknown fields are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


class ErrorBody(Schema):
    """What went wrong; `details.fields` has a message for each field."""

    code: str
    message: str
    details: dict[str, Any]
    request_id: str


class ErrorOut(Schema):
    """The answer to every request that fails."""

    error: ErrorBody


class Named(Schema):
    """A thing by its id and name."""

    id: UUID
    name: str


class Credentials(Schema):
    """Who logs in; `organization` is an id or a short name, needed by those who belong to several."""

    email: str = Field(max_length=320)
    password: str = Field(max_length=1024)
    otp: str | None = Field(default=None, max_length=16)
    organization: str | None = Field(default=None, max_length=100)


class RefreshIn(Schema):
    """A refresh token, good once."""

    refresh_token: str = Field(max_length=200)


class RevokeIn(Schema):
    """A refresh token or an access token whose login shall end."""

    token: str = Field(max_length=4096)


class TokenOut(Schema):
    """A pair of tokens; `expires_in` is in seconds."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the kind of token
    expires_in: int
    refresh_token: str


class Me(Schema):
    """The caller; a platform admin who belongs to no organization acts for the whole installation."""

    id: UUID
    name: str
    organization: Named | None
    roles: list[str]
    clinics: list[Named]
