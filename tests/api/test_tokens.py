"""Tokens of programs: what is let in, what is not, and what ends them."""

import base64
import json
import re
from datetime import timedelta
from uuid import uuid4

import jwt
import pytest
import time_machine

from app.core.clock import now
from app.core.permissions import Permission, Role
from app.core.secrets import purpose_key
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import RefreshToken
from app.services import audit
from app.services.identity import api_tokens, grants
from tests.fixtures.clients import PASSWORD


@pytest.fixture
def pair(program, admin) -> dict[str, str]:
    """A fresh pair of tokens."""
    return program.post("/api/auth/token", json={"email": admin.email, "password": PASSWORD}).json


def _me(program, token: str):
    return program.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"})


def test_a_login_answers_with_a_pair_and_me_says_who_it_is(program, pair, admin, organization):
    assert (pair["token_type"], pair["expires_in"]) == ("Bearer", 900)
    assert _me(program, pair["access_token"]).json == {
        "id": str(admin.user.id),
        "name": "Pat Example",
        "organization": {"id": str(organization.id), "name": "North Clinics"},
        "roles": ["admin"],
        "clinics": [],
    }


def _forge(good: str, how: str) -> str:
    claims = jwt.decode(good, options={"verify_signature": False})
    headers, key, algorithm = {"typ": "at+jwt"}, purpose_key("jwt"), "HS256"
    at = int(now().timestamp())
    if how in {"none", "nOnE"}:
        head = base64.urlsafe_b64encode(json.dumps({"alg": how, "typ": "at+jwt"}).encode()).rstrip(b"=").decode()
        return f"{head}.{good.split('.')[1]}."
    if how == "edited payload":
        body = base64.urlsafe_b64encode(json.dumps(claims | {"sub": str(uuid4())}).encode()).rstrip(b"=").decode()
        head, _, signature = good.split(".")
        return f"{head}.{body}.{signature}"
    changes = {
        "kid": lambda: headers.update(kid="../../dev/null"),
        "kid sql": lambda: headers.update(kid="' UNION SELECT 'x"),
        "jku": lambda: headers.update(jku="http://127.0.0.1:9/keys"),
        "jwk": lambda: headers.update(jwk={"kty": "oct", "k": "AAAA"}),
        "crit": lambda: headers.update(crit=["x"], x=1),
        "typ": lambda: headers.update(typ="JWT"),
        "aud": lambda: claims.update(aud="another"),
        "iss": lambda: claims.update(iss="another"),
        "expired": lambda: claims.update(iat=at - 2000, nbf=at - 2000, exp=at - 1100),
        "not yet": lambda: claims.update(nbf=at + 3600),
        "no exp": lambda: claims.pop("exp"),
        "too long": lambda: claims.update(exp=at + 86400),
        "another person": lambda: claims.update(sub=str(uuid4())),
        "another login": lambda: claims.update(sid=str(uuid4())),
    }
    if how == "weak key":
        key = b"secret" * 6
    elif how == "HS512":
        algorithm = "HS512"
    else:
        changes[how]()
    return jwt.encode(claims, key, algorithm=algorithm, headers=headers)


FORGERIES = """none|nOnE|edited payload|kid|kid sql|jku|jwk|crit|typ|aud|iss|expired|not yet|no exp|too long|weak key
    |HS512|another person|another login""".replace("\n    ", "").split("|")


def test_a_token_of_our_own_making_is_let_in_so_that_the_forgeries_below_fail_for_their_fault(program, pair):
    claims = jwt.decode(pair["access_token"], options={"verify_signature": False})
    again = jwt.encode(claims, purpose_key("jwt"), algorithm="HS256", headers={"typ": "at+jwt"})
    assert _me(program, again).status_code == 200


@pytest.mark.parametrize("how", FORGERIES)
def test_a_forged_token_is_refused_like_any_other(program, pair, how):
    answer = _me(program, _forge(pair["access_token"], how))
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json["error"] | {"request_id": ""} == {
        "code": "unauthorized",
        "message": grants.REFUSED,
        "details": {},
        "request_id": "",
    }


def test_a_refresh_token_is_no_access_token_and_no_personal_token(program, pair):
    assert _me(program, pair["refresh_token"]).status_code == 401
    assert _me(program, "mc_" + pair["refresh_token"][3:]).status_code == 401


@pytest.mark.parametrize(
    "header", ["Basic YTpi", "Bearer", "Bearer ", "bearer x y", "Token abc", "Bearer " + "a" * 5000]
)
def test_another_authorization_is_refused(program, pair, header):
    assert program.get("/api/auth/me", headers={"Authorization": header}).status_code == 401


def test_an_access_token_ends_after_a_quarter_of_an_hour(program, pair):
    with time_machine.travel(now() + timedelta(minutes=14), tick=False):
        assert _me(program, pair["access_token"]).status_code == 200
    with time_machine.travel(now() + timedelta(minutes=16), tick=False):
        assert _me(program, pair["access_token"]).status_code == 401


def test_a_refresh_token_is_good_once_and_twice_ends_the_login(program, pair, organization):
    second = program.post("/api/auth/refresh", json={"refresh_token": pair["refresh_token"]})
    assert second.status_code == 200
    assert _me(program, second.json["access_token"]).status_code == 200
    assert program.post("/api/auth/refresh", json={"refresh_token": pair["refresh_token"]}).status_code == 401
    assert _me(program, second.json["access_token"]).status_code == 401
    again = {"refresh_token": second.json["refresh_token"]}
    assert program.post("/api/auth/refresh", json=again).status_code == 401
    with tenant_scope(organization.id):
        assert "token.reuse" in {line.action for line in audit._lines(organization.id)}


def test_refreshing_does_not_lengthen_a_login_beyond_twelve_hours(program, pair):
    program.post("/api/auth/refresh", json={"refresh_token": pair["refresh_token"]})
    assert len({row.expires_at for row in db.session.query(RefreshToken)}) == 1


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_either_token_revokes_the_login(program, pair, which):
    assert program.post("/api/auth/revoke", json={"token": pair[which]}).status_code == 204
    assert _me(program, pair["access_token"]).status_code == 401
    assert program.post("/api/auth/revoke", json={"token": "mr_unknown"}).status_code == 204


def test_a_personal_token_works_until_it_is_revoked(signed_in, program, admin, organization):
    page = signed_in.send("/account/tokens", page="/account", name="Nightly feed", days="30", scopes="all")
    token = page.text.split('<code class="secret push">')[1].split("<")[0]
    assert token.startswith("mc_")
    assert _me(program, token).json["id"] == str(admin.user.id)
    assert "mc_" not in signed_in.get("/account").text
    row = db.session.query(api_tokens.ApiToken).one()
    signed_in.send(f"/account/tokens/{row.id}/revoke", page="/account")
    assert _me(program, token).status_code == 401


def test_a_token_made_for_one_thing_does_no_other(signed_in, program, admin):
    fields = {"name": "Board in the lobby", "days": "30"}
    refused = signed_in.send("/account/tokens", page="/account", **fields)
    assert (refused.status_code, "Tick at least one." in refused.text) == (422, True)
    page = signed_in.send("/account/tokens", page="/account", scopes="figures", **fields)
    token = page.text.split('<code class="secret push">')[1].split("<")[0]
    assert "Read dashboards and figures" in signed_in.get("/account").text
    bearer = {"Authorization": f"Bearer {token}"}
    assert _me(program, token).json["id"] == str(admin.user.id)
    assert program.get("/api/dashboard/admin/", headers=bearer).status_code == 200
    for path in ("/api/v1/reports/", "/api/dashboard/patient/", "/api/dashboard/doctor/"):
        assert program.get(path, headers=bearer).status_code == 403, path
    assert program.post("/fhir", headers=bearer, json={}).status_code == 403


def test_the_account_page_tells_times_where_its_owner_works(signed_in, organization):
    page = signed_in.get("/account").text
    assert organization.zone == "America/Chicago"
    assert re.search(r"\d\d:\d\d C[SD]T", page)
    assert " UTC" not in page


def test_a_personal_token_with_fewer_rights_has_no_others(program, admin, organization):
    with tenant_scope(organization.id):
        from app.core.actor import Actor

        actor = Actor(organization.id, admin.user.id, "Pat", frozenset({Role.ADMIN}))
        token = api_tokens.make(actor, "Narrow", only=[Permission.DATA_READ])
    assert _me(program, token).status_code == 403


def test_nobody_ends_another_persons_token_or_login(signed_in, another_browser, make_person):
    other = make_person(Role.ADMIN, email="other@north.example")
    another_browser.log_in(other.email)
    another_browser.send("/account/tokens", page="/account", name="Theirs", scopes="figures")
    token = db.session.query(api_tokens.ApiToken).filter_by(user_id=other.user.id).one()
    answers = [
        signed_in.send(f"/account/tokens/{token_id}/revoke", page="/account") for token_id in (token.id, uuid4())
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert another_browser.get("/account").status_code == 200


def test_a_person_of_several_organizations_says_which(program, make_person, organization, neighbour):
    person = make_person(Role.ADMIN, email="both@north.example", places=[organization, neighbour])
    body = {"email": person.email, "password": PASSWORD}
    answer = program.post("/api/auth/token", json=body)
    assert answer.status_code == 422
    assert answer.json["error"]["details"]["fields"]["organization"] == ["One of: north, south"]
    token = program.post("/api/auth/token", json=body | {"organization": "south"}).json["access_token"]
    assert _me(program, token).json["organization"]["name"] == "South Clinics"
    assert program.post("/api/auth/token", json=body | {"organization": "east"}).status_code == 422


BROKEN = {
    "deep": b"[" * 100_000,
    "NaN": b'{"email": NaN}',
    "infinite": b'{"email": 1e999}',
    "twice": b'{"email": "a", "email": "b"}',
    "NUL": b'{"email": "a\\u0000"}',
    "surrogate": b'{"email": "\\ud800"}',
    "long integer": b'{"email": ' + b"9" * 5000 + b"}",
    "charset": b'{"email": "\xff"}',
    "half": b'{"email": ',
    "empty": b"",
    "deep enough": b'{"email": ' + b"[" * 65 + b"]" * 65 + b"}",
}


@pytest.mark.parametrize("name", BROKEN)
def test_json_that_could_be_read_in_two_ways_is_refused(program, name):
    answer = program.post("/api/auth/token", data=BROKEN[name], content_type="application/json")
    assert answer.status_code == 400
    assert answer.json["error"]["code"] == "bad_json"


def test_wrong_fields_are_named_each_with_its_message(program):
    answer = program.post("/api/auth/token", json={"email": 5, "admin": True})
    assert answer.status_code == 422
    fields = answer.json["error"]["details"]["fields"]
    assert set(fields) == {"email", "password", "admin"}


def test_a_body_over_the_limit_is_refused(program):
    answer = program.post("/api/auth/token", data=b"x" * 1_100_000, content_type="application/json")
    assert (answer.status_code, answer.json["error"]["code"]) == (413, "request_entity_too_large")


def test_json_that_breaks_off_is_refused_with_the_place(program):
    answer = program.post("/api/auth/token", data='{"email": "a@b.example",\n oops', content_type="application/json")
    error = answer.json["error"]
    assert (answer.status_code, error["code"]) == (400, "bad_json")
    assert "line 2, column 2" in error["message"]
    assert "oops" not in error["message"]
