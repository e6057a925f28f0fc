"""Work without a browser: leases, the scheduler's loops, and jobs of a few lines."""
