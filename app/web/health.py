"""Is it alive, is it ready, how is it doing: for supervisors and Prometheus, without detail for strangers."""

import hmac
from ipaddress import ip_address

from flask import Blueprint, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from app.core.errors import NotFound
from app.extensions import db, store
from app.services.platform import condition
from app.web.exposition import Exposition

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Database, Redis and migrations are there; which one is not is told to nobody but the log."""
    missing = [name for name, check in CHECKS.items() if not check()]
    if missing:
        current_app.logger.warning("not ready: %s", ", ".join(missing))
    return jsonify(status="unavailable" if missing else "ok"), 503 if missing else 200


@bp.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Prometheus figures of the installation, the same from every process, for this machine or who knows the token."""
    if not _may_scrape():
        raise NotFound("There is nothing at this address.")
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Exposition())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_scrape() -> bool:
    expected = current_app.extensions["mediconnect"].metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if expected:
        return hmac.compare_digest(given.encode(), expected.encode())
    # Behind a proxy every request comes from this machine: what was forwarded is not from here.
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return not forwarded and request.remote_addr is not None and ip_address(request.remote_addr).is_loopback


def _database() -> bool:
    try:
        db.session.execute(db.text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True


def _redis() -> bool:
    try:
        return bool(store.client.ping())
    except RedisError:
        return False


def _migrations() -> bool:
    try:
        return not condition.migrations_pending()
    except SQLAlchemyError:
        return False


CHECKS = {"database": _database, "redis": _redis, "migrations": _migrations}
