"""An installation of real processes with a small report in the catalogue, and somebody who asks for reports."""

from collections.abc import Iterator

import pytest

from app.reports.storage import storage
from app.services.reports import report_types
from tests.faults.harness import Installation, Requests
from tests.faults.tiny import TINY


@pytest.fixture
def installation(config, committed, monkeypatch) -> Iterator[Installation]:
    monkeypatch.setattr(report_types, "REPORTS", {TINY.key: TINY})
    storage.use(config.files)
    running = Installation(config)
    yield running
    running.stop()


@pytest.fixture
def asked(committed) -> Requests:
    return Requests.prepare(committed.id)
