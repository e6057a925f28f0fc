"""OpenID Connect as its client: discovery, the code flow with PKCE, and an ID token checked (Core 1.0, 3.1).

All calls go through the one outbound client, so that an issuer that somebody typed in reaches public servers only.
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from app.core.errors import AppError
from app.core.outbound import Blocked, Unreachable, outbound

SCOPE = "openid email profile"
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"]
LEEWAY = 60  # seconds that clocks may differ
_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_KEPT = 600.0  # seconds that what a provider publishes is remembered


class ProviderFault(AppError):
    """The provider cannot be reached, or what it says cannot be believed; the text may be shown to administrators."""

    status, code = 502, "provider_fault"


@dataclass(frozen=True)
class Client:
    """This product as a provider knows it."""

    issuer: str
    client_id: str
    secret: str
    redirect_uri: str


@dataclass(frozen=True)
class Asked:
    """One question to a provider: what its answer must be about, and the secret of its code."""

    state: str
    nonce: str
    verifier: str


class Published:
    """What providers publish of themselves, remembered for ten minutes in this process."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, dict[str, Any]]] = {}
        self._lock = threading.Lock()

    def get(self, url: str, anew: bool = False) -> dict[str, Any]:
        """A JSON object of an address; raises ProviderFault."""
        with self._lock:
            until, known = self._known.get(url, (0.0, {}))
        if not anew and until > monotonic():
            return known
        found = _json(url, outbound.get, {"Accept": "application/json"})
        with self._lock:
            self._known[url] = (monotonic() + _KEPT, found)
        return found

    def forget(self) -> None:
        """Everything is asked for anew."""
        with self._lock:
            self._known.clear()


published = Published()


def metadata(issuer: str) -> dict[str, Any]:
    """What a provider publishes of itself; raises ProviderFault unless it is that issuer's own and is complete."""
    found = published.get(get_well_known_url(issuer, external=True))
    if found.get("issuer") != issuer:
        raise ProviderFault("The provider names itself otherwise than the issuer that was given.")
    for name in _NEEDED:
        try:
            outbound.check(str(found.get(name, "")))
        except Blocked as blocked:
            raise ProviderFault(f"The provider's {name} cannot be used. {blocked.message}") from None
    return found


def address(client: Client, asked: Asked) -> str:
    """Where a browser is sent to log in at the provider."""
    url, _ = _oauth(client).create_authorization_url(
        metadata(client.issuer)["authorization_endpoint"],
        state=asked.state,
        code_verifier=asked.verifier,
        nonce=asked.nonce,
    )
    return str(url)


def claims(client: Client, asked: Asked, code: str) -> Mapping[str, Any]:
    """What the provider says, under its signature, of the person who came back with a code; raises ProviderFault."""
    found = metadata(client.issuer)
    method = _method(found)
    try:
        token = _oauth(client, method).fetch_token(
            found["token_endpoint"], grant_type="authorization_code", code=code, code_verifier=asked.verifier
        )
        said = _decoded(found, str(token.get("id_token", "")))
        needed = {"iss": client.issuer, "aud": client.client_id}
        options = {name: {"essential": True, "value": value} for name, value in needed.items()}
        params = {"nonce": asked.nonce, "client_id": client.client_id, "access_token": token.get("access_token")}
        checked: dict[str, Any] = CodeIDToken(said.claims, said.header, options, params)
        checked.validate(leeway=LEEWAY)  # type: ignore[attr-defined]
    except (OAuth2Error, JoseError, ValueError, KeyError, TypeError) as error:
        raise ProviderFault(f"The provider's answer is not valid ({type(error).__name__}).") from None
    return checked


def _decoded(found: Mapping[str, Any], id_token: str) -> jwt.Token:
    registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    try:
        return jwt.decode(id_token, KeySet.import_key_set(_keys(found)), registry=registry)
    except InvalidKeyIdError:  # the provider has changed its keys meanwhile
        return jwt.decode(id_token, KeySet.import_key_set(_keys(found, anew=True)), registry=registry)


def _keys(found: Mapping[str, Any], anew: bool = False) -> Any:
    return published.get(found["jwks_uri"], anew)


def _method(found: Mapping[str, Any]) -> str:
    offered = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"


def _oauth(client: Client, method: str = "client_secret_basic") -> OAuth2Client:
    return OAuth2Client(
        _Line(),
        client_id=client.client_id,
        client_secret=client.secret,
        token_endpoint_auth_method=method,
        redirect_uri=client.redirect_uri,
        scope=SCOPE,
        code_challenge_method="S256",
    )


class _Line:
    """The transport that Authlib's client asks for: a POST over the outbound client."""

    def post(self, url: str, data: Mapping[str, str], headers: Mapping[str, str], auth: Any) -> "_Reply":
        uri, sent, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        try:
            answer = outbound.post(uri, body.encode(), sent)
        except (Blocked, Unreachable) as error:
            raise ProviderFault(f"The provider cannot be reached: {error}.") from None
        return _Reply(answer.status, answer.body)


@dataclass(frozen=True)
class _Reply:
    status_code: int
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise ProviderFault(f"The provider answers with status {self.status_code}.")


def _json(url: str, call: Any, headers: Mapping[str, str]) -> dict[str, Any]:
    try:
        answer = call(url, headers)
    except (Blocked, Unreachable) as error:
        raise ProviderFault(f"The provider cannot be reached: {error}.") from None
    if answer.status != 200:
        raise ProviderFault(f"The provider answers with status {answer.status}.")
    try:
        found = json.loads(answer.body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ProviderFault("The provider publishes nothing that can be read.")
    return found
