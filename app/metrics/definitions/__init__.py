"""The metrics: one file a domain, each a tuple of `Metric`s."""
