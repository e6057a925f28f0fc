"""An administrator's open page says how the installation is now, not how it was when the page was opened."""

import re
from dataclasses import replace

from app.core.clock import now
from app.services.platform import checks
from tests.services.platform.test_platform_health import WELL


def test_the_card_that_is_polled_says_whether_every_part_works(session, signed_in):
    page = signed_in.get("/admin/").text
    assert ">Administration</h1>" in page
    assert "The parts are checked for the first time" in page
    checks.run(replace(WELL, at=now(), queue_depth=500))
    session.commit()
    card = signed_in.get("/admin/widgets/state", headers={"HX-Request": "true"}).text
    assert re.search(r"\d of \d+ parts not as they should be: [^<]*Job queue", card)
