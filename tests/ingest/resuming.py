"""A process that continues an import and tells of each batch, to be killed by a test: config and run come on stdin."""

import pickle
import sys

from app import create_app
from app.core.tenancy import tenant_scope
from app.ingest import run


def main() -> None:
    """Reads (config, organization id, run id), then imports in small batches."""
    config, organization_id, run_id = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by the test
    run.BATCH = 40
    with create_app(config).app_context(), tenant_scope(organization_id):
        run.resume(run_id, lambda done, total: print(done, total, flush=True))


if __name__ == "__main__":
    main()
