"""Logging in through an organization's own provider: a real one, in a process of its own, on loopback."""

import pytest

from app.core.outbound import outbound
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import AuditEvent, ExternalIdentity, IdentityProvider, LoginAttempt, Membership, User, UserSession
from app.services.identity import accounts, openid
from tests.fixtures.clients import PASSWORD
from tests.fixtures.openid_provider import CLIENT_ID, SECRET

PAGE = "/users/logins"
ADA = {"sub": "ada-1", "email": "ada@north.example", "email_verified": True, "name": "Ada Example"}


@pytest.fixture(autouse=True)
def provider(openid_provider, session):
    """The provider, opened to the outbound client by name as an operator does, and honest at first."""
    openid.published.forget()
    outbound.use(frozenset({openid_provider.place}))
    openid_provider.tell(**ADA)
    yield openid_provider
    outbound.use(frozenset())


@pytest.fixture
def configure(signed_in, provider):
    """Sets the provider through the administrator's page."""

    def send(**changed: str):
        values = {"label": "Contoso", "issuer": provider.issuer, "client_id": CLIENT_ID, "secret": SECRET}
        values |= {"listed": "yes"} | changed
        return signed_in.send(PAGE + "/provider", page=PAGE, **{k: v for k, v in values.items() if v is not None})

    return send


@pytest.fixture
def configured(configure) -> IdentityProvider:
    assert configure().status_code == 200
    return db.session.query(IdentityProvider).one()


@pytest.fixture
def ada(make_person):
    return make_person(Role.ANALYST, email="ada@north.example")


@pytest.fixture
def start(organization):
    return f"/login/with/{organization.id}"


def round_trip(browser, provider, start: str, target: str = "/account"):
    """Goes there and comes back."""
    sent = browser.get(f"{start}?next={target}")
    assert sent.status_code == 303, sent.text
    return browser.get(provider.authorize(sent.location))


def test_the_login_page_has_its_button_once_it_is_set(configured, another_browser, start):
    page = another_browser.get("/login").text
    assert "Log in with Contoso" in page
    assert f'href="{start}?next=/"' in page


def test_a_member_comes_in_by_the_address_that_the_provider_vouches_for(
    configured, another_browser, provider, start, ada
):
    assert round_trip(another_browser, provider, start).location == "/account"
    assert another_browser.get("/metrics-catalogue/").status_code == 200
    assert another_browser.get("/users/").status_code == 403
    kept = db.session.query(UserSession).filter_by(user_id=ada.user.id).one()
    assert (kept.provider_id, kept.two_factors) == (configured.id, False)


def test_the_browser_is_sent_with_state_nonce_and_a_code_challenge(configured, another_browser, provider, start):
    sent = another_browser.get(start)
    for part in ("state=", "nonce=", "code_challenge=", "code_challenge_method=S256", "response_type=code"):
        assert part in sent.location
    cookie = another_browser.get_cookie("mediconnect-question")
    assert cookie.http_only
    assert SECRET not in sent.location + cookie.value


def test_a_code_without_the_verifier_of_this_browser_buys_nothing(configured, another_browser, provider, start):
    back = provider.authorize(another_browser.get(start).location)
    code = back.partition("code=")[2].partition("&")[0]
    assert provider.exchange(grant_type="authorization_code", code=code, client_id=CLIENT_ID) in (400, 401)


def test_an_answer_is_taken_once_and_only_from_the_browser_that_was_sent(
    configured, another_browser, browser, provider, start, ada
):
    back = provider.authorize(another_browser.get(start).location)
    assert browser.get(back).status_code == 401
    cookie = another_browser.get_cookie("mediconnect-question").value
    assert another_browser.get(back).status_code == 303
    another_browser.delete_cookie("mediconnect")
    another_browser.set_cookie("mediconnect-question", cookie)
    assert another_browser.get(back).status_code == 401


def test_a_state_of_another_question_is_refused(configured, another_browser, provider, start, ada):
    first = provider.authorize(another_browser.get(start).location)
    another_browser.get(start)
    assert another_browser.get(first).status_code == 401


@pytest.mark.parametrize("lie", ["nonce", "aud", "iss", "exp", "key", "hs256", "none"])
def test_a_token_that_is_not_right_lets_nobody_in(configured, another_browser, provider, start, ada, lie):
    provider.tell(lie, **ADA)
    answer = round_trip(another_browser, provider, start)
    assert answer.status_code == 502
    assert another_browser.get("/account").status_code == 302


def test_a_refusal_at_the_provider_is_one_here(configured, another_browser, provider, start):
    provider.tell("denied")
    assert round_trip(another_browser, provider, start).status_code == 401


@pytest.mark.parametrize(
    "changed", [{"email_verified": False}, {"email_verified": "true"}, {"email": "eve@north.example"}, {"email": ""}]
)
def test_strangers_and_addresses_not_vouched_for_stay_outside(
    configured, another_browser, provider, start, ada, organization, changed
):
    provider.tell(**ADA | changed)
    assert round_trip(another_browser, provider, start).status_code == 403
    assert another_browser.get("/account").status_code == 302
    assert db.session.query(ExternalIdentity).count() == 0
    with tenant_scope(organization.id):
        assert db.session.query(AuditEvent).filter_by(action="login.fail").count() == 1


def test_a_member_of_another_organization_alone_stays_outside(
    configured, another_browser, provider, start, make_person, neighbour
):
    make_person(Role.ADMIN, email="ada@north.example", places=[neighbour])
    assert round_trip(another_browser, provider, start).status_code == 403


def test_a_disabled_person_stays_outside(configured, another_browser, provider, start, ada):
    accounts.disable(ada.user)
    assert round_trip(another_browser, provider, start).status_code == 403


def test_an_address_that_was_given_to_somebody_else_opens_nothing(configured, another_browser, provider, start, ada):
    assert round_trip(another_browser, provider, start).status_code == 303
    another_browser.delete_cookie("mediconnect")
    provider.tell(**ADA | {"sub": "another-ada"})
    answer = round_trip(another_browser, provider, start)
    assert answer.status_code == 403
    assert "belonged to somebody else" in answer.text


def test_who_is_known_comes_in_under_another_address(configured, another_browser, provider, start, ada):
    round_trip(another_browser, provider, start)
    another_browser.delete_cookie("mediconnect")
    provider.tell(**ADA | {"email": "ada.byron@north.example"})
    assert round_trip(another_browser, provider, start).status_code == 303


def test_a_provider_opens_its_own_organization_and_leaves_the_account_alone(
    configured, another_browser, provider, start, make_person, organization, neighbour
):
    """Whoever runs a provider could name anybody: what it says must not open other places, nor change the person."""
    make_person(Role.ADMIN, Role.PLATFORM_ADMIN, email="ada@north.example", places=[organization, neighbour])
    round_trip(another_browser, provider, start)
    assert "North Clinics" in another_browser.get("/account").text
    assert "South Clinics" not in another_browser.get("/organization").text
    moved = another_browser.send("/organization", page="/account", organization=str(neighbour.id))
    assert moved.status_code == 403
    assert another_browser.get("/account/second-factor").status_code == 403
    fields = {"current": PASSWORD, "new": "seven quiet harbours wake"}
    assert another_browser.send("/account/password", page="/account", **fields).status_code == 403


def test_a_login_that_a_provider_vouched_for_ends_no_pause_of_the_password(
    configured, another_browser, provider, start, ada
):
    for _ in range(10):
        another_browser.log_in(ada.email, "not the password at all")
    assert round_trip(another_browser, provider, start).status_code == 303
    another_browser.delete_cookie("mediconnect")
    assert another_browser.log_in(ada.email).status_code == 429
    assert db.session.query(LoginAttempt).filter_by(outcome="federated").count() == 1


def test_strangers_of_a_domain_come_in_by_themselves_where_the_administrator_says_so(
    configure, another_browser, provider, start, organization
):
    assert configure(default_role="analyst").status_code == 422  # from which domain?
    assert configure(default_role="admin", domains="north.example").status_code == 422
    assert configure(default_role="analyst", domains="north.example, @branch.example").status_code == 200
    provider.tell(**ADA | {"sub": "eve", "email": "eve@evil.example"})
    assert round_trip(another_browser, provider, start).status_code == 403
    provider.tell(**ADA)
    assert round_trip(another_browser, provider, start).status_code == 303
    user = db.session.query(User).filter_by(email="ada@north.example").one()
    made = db.session.query(Membership).filter_by(user_id=user.id).one()
    assert (made.organization_id, made.roles, user.password_hash) == (organization.id, ["analyst"], None)


def test_a_second_factor_of_ones_own_is_asked_for_unless_the_provider_is_trusted_and_says_it_asked(
    configure, another_browser, provider, start, ada
):
    from app.models import Passkey

    key = {"credential_id": b"k", "public_key": b"k", "sign_count": 0, "name": "k", "backed_up": False}
    db.session.add(Passkey(user_id=ada.user.id, created_at=ada.user.created_at, **key))
    db.session.commit()
    for trusted, amr, status in ((None, ["mfa"], 200), ("yes", ["pwd"], 200), ("yes", ["pwd", "mfa"], 303)):
        configure(asks_second_factor=trusted)
        provider.tell(**ADA, amr=amr)
        answer = round_trip(another_browser, provider, start)
        assert answer.status_code == status, (trusted, amr)
        assert another_browser.get("/account").status_code == (200 if status == 303 else 302)
    assert db.session.query(UserSession).filter_by(user_id=ada.user.id).one().two_factors


@pytest.mark.parametrize(
    ("issuer", "said"),
    [
        ("http://127.0.0.1:1", "https://"),
        ("https://10.0.0.1", "private network"),
        ("https://localhost", "full name"),
        ("javascript:alert(1)", "https://"),
        ("", "Give an address"),
    ],
)
def test_an_issuer_inside_is_not_called_unless_the_operator_opened_it(configure, issuer, said):
    page = configure(issuer=issuer)
    assert page.status_code == 422
    assert said in page.text
    assert db.session.query(IdentityProvider).count() == 0


@pytest.mark.parametrize("lie", ["issuer", "inner"])
def test_a_provider_that_names_itself_otherwise_or_points_inside_is_not_set(configure, provider, lie):
    provider.tell(lie)
    assert configure().status_code == 422
    assert db.session.query(IdentityProvider).count() == 0


def test_the_secret_is_sealed_and_kept_when_the_form_leaves_it_empty(configured, configure, signed_in):
    assert SECRET.encode() not in bytes(configured.secret_sealed)
    assert SECRET not in signed_in.get(PAGE).text
    assert configure(secret="", label="Fabrikam").status_code == 200
    db.session.expire_all()
    kept = db.session.query(IdentityProvider).one()
    assert kept.label == "Fabrikam"


def test_taking_it_away_ends_what_it_opened(configured, signed_in, another_browser, provider, start, ada):
    round_trip(another_browser, provider, start)
    assert signed_in.send(PAGE + "/provider/remove", page=PAGE).status_code == 303
    assert another_browser.get("/account").status_code == 302
    assert another_browser.get(start).status_code == 404


def test_a_provider_that_is_away_is_said_and_a_password_works(configured, another_browser, provider, start, ada):
    openid.published.forget()
    outbound.use(frozenset())
    page = another_browser.get(start)
    assert page.status_code == 502
    assert "cannot be reached now" in page.text
    assert another_browser.log_in(ada.email).status_code == 303
