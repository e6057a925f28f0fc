"""While an import is under way, pages and the API say that sums may still be short; afterwards nothing is said."""

from app.core import versions
from app.core.clock import now
from app.core.ids import new_id
from app.models import ImportRun

MEGABYTE = 1_000_000


def test_what_is_still_loading_is_said_with_a_link_until_it_is_done(session, organization, clinic, signed_in):
    run = ImportRun(
        organization_id=organization.id,
        id=new_id(),
        kind="csv",
        name="history",
        state="running",
        counts={},
        checkpoint={},
        done_bytes=3 * MEGABYTE,
        total_bytes=12 * MEGABYTE,
        created_at=now(),
    )
    session.add(run)
    session.commit()
    page, answer = f"/clinics/{clinic.id}/", f"/api/clinics/{clinic.id}/dashboard/"
    shown = signed_in.get(page).text
    assert '<a href="/imports">Data is still loading: 25% done</a>' in shown
    assert "Findings wait until all data has been loaded" in shown
    assert signed_in.get(answer).json["loading"] == "Data is still loading: 25% done"
    run.state = "completed"
    session.commit()
    versions.stir(organization.id)  # as the end of an import does
    shown = signed_in.get(page).text
    assert "still loading" not in shown
    assert "Findings wait" not in shown
    assert signed_in.get(answer).json["loading"] is None
