"""What comes up stands once on a board of several clinics, with the clinics that have it in common."""

import re
from datetime import timedelta

from app.core.clock import now
from app.core.ids import new_id
from app.models import CalendarEvent


def test_an_event_of_several_clinics_stands_once(scope, session, organization, make_clinic, signed_in):
    downtown, harbor, _ = make_clinic("Downtown"), make_clinic("Harbor"), make_clinic("Airport")
    starts = now() + timedelta(days=3)
    events = (("Session", downtown, 16), ("Session", harbor, 9), ("Audit", harbor, None), ("Training", None, None))
    for title, clinic, people in events:
        session.add(
            CalendarEvent(
                organization_id=organization.id,
                id=new_id(),
                kind="other",
                title=title,
                clinic_id=clinic and clinic.id,
                starts_at=starts,
                attendees=people,
            )
        )
    session.commit()
    card = re.search(r'id="w-events".*?</section>', signed_in.get("/billing/").text, re.S).group()
    said = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", one)).strip() for one in re.findall(r"<li.*?</li>", card, re.S)]
    assert len(said) == 3
    assert any("Session" in one and "Downtown, Harbor" in one and "25 people" in one for one in said)
    assert any("Audit" in one and "Harbor" in one and "Downtown" not in one for one in said)
    assert any("Training" in one and "All clinics" in one for one in said)
