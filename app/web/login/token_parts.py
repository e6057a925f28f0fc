"""Tokens for programs on the account page: what one may do in words, the list, the form that makes one."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from flask import request, url_for

from app.core.actor import Actor
from app.core.errors import AppError, Invalid
from app.core.format import moment
from app.core.permissions import Permission
from app.services.identity import api_tokens
from app.web.forms import fault_of
from app.web.view_models import Action, Cell, Column, FormField, FormView, Row, TableView

P = Permission


@dataclass(frozen=True)
class Scope:
    """A part of a person's rights that a token can be given."""

    words: str
    permissions: frozenset[Permission]


_FIGURES = (P.DASHBOARD_ADMIN, P.DASHBOARD_ANALYTICS, P.DASHBOARD_BILLING, P.DASHBOARD_CLINIC)
_METRICS = (P.METRICS_CLAIMS, P.METRICS_MONEY, P.METRICS_OPERATIONS, P.METRICS_PATIENTS, P.METRICS_STAFF)
_PEOPLE = (P.CHART_READ, P.DASHBOARD_DOCTOR, P.DASHBOARD_PATIENT, P.OWN_RECORD, P.RECORDS_READ)
SCOPES: Mapping[str, Scope] = {
    "figures": Scope("Read dashboards and figures", frozenset({P.CATALOGUE_READ, *_FIGURES, *_METRICS})),
    "patients": Scope("Read what names patients", frozenset(_PEOPLE)),
    "reports": Scope("Read and make reports", frozenset({P.REPORTS_READ, P.REPORTS_RUN})),
    "data": Scope("Send records: push and import", frozenset({P.DATA_IMPORT, P.DATA_PUSH, P.DATA_READ})),
}
EVERYTHING, EVERYTHING_WORDS = "all", "All that you may do"
USUAL = frozenset({"figures"})


def chosen(actor: Actor, keys: Collection[str]) -> frozenset[Permission] | None:
    """The rights that were ticked, as far as the actor has them, with that to ask who one is; None for all.

    Raises Invalid where nothing was ticked.
    """
    if EVERYTHING in keys:
        return None
    ticked = [SCOPES[key].permissions for key in keys if key in SCOPES]
    rights = frozenset().union(*ticked) & actor.permissions
    if not rights:
        raise Invalid("Tick what the token may do.", fields={"scopes": "Tick at least one."})
    return rights | {P.ACCOUNT_USE}


def form(actor: Actor, error: AppError | None) -> FormView:
    """The form that makes a token, with what went wrong about it."""
    mine = tuple((key, scope.words) for key, scope in SCOPES.items() if scope.permissions & actor.permissions)
    ticked = frozenset(request.form.getlist("scopes")) if error else USUAL
    options = (*mine, (EVERYTHING, EVERYTHING_WORDS))
    name, days = (_said(error, field) for field in ("name", "days"))
    return FormView(
        url_for("account.make_token"),
        "Make token",
        (
            FormField("name", "Name", value=_typed(error, "name"), hint="The program that will use it", error=name),
            FormField("days", "Days", "number", _typed(error, "days", "90"), inputmode="numeric", error=days),
            FormField("scopes", "May", "choices", options=options, chosen=ticked, error=fault_of(error, "scopes")),
        ),
    )


def _typed(error: AppError | None, field: str, usual: str = "") -> str:
    return request.form.get(field, usual) if error else usual


def _said(error: AppError | None, field: str) -> str:
    return error.message if error and error.details.get("field") == field else ""


def table(actor: Actor, zone: str) -> TableView:
    """The actor's own tokens that still work."""
    rows = tuple(
        Row(
            (
                Cell(token.name),
                Cell(words(token.permissions)),
                Cell(moment(token.expires_at, zone)),
                Cell(actions=(_revoke(token.id, token.name),)),
            )
        )
        for token in api_tokens.own(actor)
    )
    columns = (Column("Name"), Column("May"), Column("Until", spare=True), Column("Next step", "actions"))
    return TableView("API tokens", columns, rows, empty="No program has a token of yours.")


def words(permissions: Iterable[str] | None) -> str:
    """What a token may do, in the words of the form; rights that fit no part of it are "some of your rights"."""
    if permissions is None:
        return EVERYTHING_WORDS
    held = frozenset(permissions) - {P.ACCOUNT_USE}
    parts = [scope for scope in SCOPES.values() if scope.permissions & held]
    covered = frozenset().union(*(scope.permissions for scope in parts))
    return "; ".join(scope.words for scope in parts) if held <= covered and parts else "Some of your rights"


def _revoke(token_id: UUID, name: str) -> Action:
    return Action("Revoke", url_for("account.revoke_token", token_id=token_id), tone="danger", about=name)
