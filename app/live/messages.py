"""The messages of the sockets, as bytes: built once for everybody who gets them."""

import json
from collections.abc import Mapping
from typing import Any

from app.core.clock import now
from app.services.dashboards.watching import Snapshot, Value


def metric_update(name: str, value: Value, before: Value, known: bool) -> bytes:
    """One figure; `change` is "+3" or "-0.5" against the one told before, null where there is nothing to compare."""
    change = _change(value, before) if known else None
    return _written("metric_update", metric_name=name, value=value, timestamp=_at(), change=change)


def live_metrics(snapshot: Snapshot, metrics: frozenset[str] | None = None) -> bytes:
    """All live figures of an analytics socket, or those it subscribed to."""
    shown = {name: value for name, value in snapshot.values.items() if metrics is None or name in metrics}
    return json.dumps({"type": "live_metrics", "metrics": shown, "timestamp": _at()}).encode()


def alert(address: str, shown: Mapping[str, Any]) -> bytes:
    """An episode that opened, in the form of the endpoint."""
    if address == "analytics":
        return json.dumps({"type": "alert", "alert": dict(shown)}).encode()
    return json.dumps({"type": "alert", "data": dict(shown)}).encode()


def dashboard_refresh(version: int | None) -> bytes:
    """Something moved: whoever shows a page asks for its parts."""
    return _written("dashboard_refresh", data_version=version, timestamp=_at())


def report_completed(run_id: str) -> bytes:
    """A report that the person asked for is ready."""
    report = {"id": run_id, "status": "completed", "url": f"/reports/{run_id}", "timestamp": _at()}
    return json.dumps({"type": "report_completed", "report": report, "data": report}).encode()


def subscribed(names: list[str]) -> bytes:
    """Which figures a socket is told of."""
    return _written("subscribed", metrics=names)


def pong() -> bytes:
    """The answer to a client's own ping."""
    return _written("pong", timestamp=_at())


def error(code: str, message: str) -> bytes:
    """What is wrong with a client's message."""
    return _written("error", code=code, message=message)


def _written(kind: str, **data: Any) -> bytes:
    return json.dumps({"type": kind, "data": data}).encode()


def _at() -> str:
    return now().isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _change(value: Value, before: Value) -> str | None:
    if value is None or before is None:
        return None
    return f"{float(value) - float(before):+.10g}"
