"""JSON for programs: parse, call a service or a metric, dump."""

from collections.abc import Callable
from typing import Any

from apiflask import APIFlask

from app.api import (
    analytics_reports,
    auth,
    docs,
    fhir,
    imports,
    json,
    measures,
    metrics,
    v1_figures,
    v1_reports,
    v1_schedules,
)
from app.api.dashboards import routes as dashboard_routes
from app.api.schemas import ErrorOut

BLUEPRINTS = (
    auth.bp,
    dashboard_routes.bp,
    analytics_reports.bp,
    v1_reports.bp,
    v1_schedules.bp,
    v1_figures.bp,
    imports.bp,
    measures.bp,
    metrics.bp,
    fhir.bp,
    docs.bp,
)
ERROR = {"$ref": "#/components/schemas/ErrorOut"}
TITLE, VERSION = "MediConnect", "1"


def install(app: APIFlask) -> None:
    """Strict JSON, the blueprints, and a description that is true of errors and permissions too."""
    json.install(app)
    app.config.update(
        OPENAPI_VERSION="3.1.0",
        SERVERS=[{"url": app.extensions["mediconnect"].public_url}],
        HTTP_ERROR_SCHEMA=ERROR,
        VALIDATION_ERROR_SCHEMA=ERROR,
        VALIDATION_ERROR_DESCRIPTION="A field that cannot be used",
    )
    app.security_schemes = {
        "Bearer": {"type": "http", "scheme": "bearer", "description": "A JWT, or a personal token that begins with mc_"}
    }
    app.spec_processor(_with_permissions(app))
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)


def _with_permissions(app: APIFlask) -> Callable[[Any], Any]:
    def process(spec: Any) -> Any:
        """Says what an error looks like, and of each operation which permission it needs."""
        described = ErrorOut.model_json_schema(ref_template="#/components/schemas/{model}")
        spec["components"]["schemas"] |= described.pop("$defs") | {"ErrorOut": described}
        for rule in app.url_map.iter_rules():
            permission = getattr(app.view_functions[rule.endpoint], "permission", None)
            item = spec["paths"].get(rule.rule.replace("<uuid:", "{").replace("<", "{").replace(">", "}"), {})
            for method in (rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}:
                operation = item.get(method.lower())
                if operation is not None and permission is not None:
                    operation["x-permission"] = permission.value
                    operation["security"] = [{"Bearer": []}]
                    operation["responses"].setdefault("401", _error("No valid token"))
                    operation["responses"].setdefault("403", _error("The role does not include this"))
        return spec

    return process


def _error(words: str) -> dict[str, Any]:
    return {"description": words, "content": {"application/json": {"schema": ERROR}}}
