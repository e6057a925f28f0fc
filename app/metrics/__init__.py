"""The metric catalogue and `run`: the only door from stored rows to a shown figure."""
