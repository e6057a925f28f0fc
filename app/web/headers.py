"""Headers of every response: what a browser may load, keep and tell others."""

from urllib.parse import SplitResult, urlsplit

from flask import Flask, Response, g, request

from app.config import Config

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
ALWAYS = (
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("X-Frame-Options", "DENY"),
)
HTTPS_ONLY = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
OWN_NAMES = ("127.0.0.1", "localhost", "[::1]")


def of_every_answer(app: Flask) -> tuple[tuple[str, str], ...]:
    """Name and value of the headers that every response has."""
    return (*ALWAYS, HTTPS_ONLY) if _public(app).scheme == "https" else ALWAYS


def _public(app: Flask) -> SplitResult:
    config: Config = app.extensions["mediconnect"]
    return urlsplit(config.public_url)


def install(app: Flask) -> None:
    """Sets the headers for all responses, and the host names that requests may give."""
    public, headers = _public(app), of_every_answer(app)
    app.config["TRUSTED_HOSTS"] = sorted({public.netloc.rpartition("@")[2].split(":")[0], *OWN_NAMES} - {""})

    @app.after_request
    def add(response: Response) -> Response:
        response.headers.extend(pair for pair in headers if pair[0] not in response.headers)
        if request_id := g.get("request_id"):
            response.headers["X-Request-ID"] = request_id
        if request.endpoint != "static" or response.status_code >= 400:
            response.headers["Cache-Control"] = "no-store"
            response.headers["Vary"] = "Cookie, HX-Request"
        return response
