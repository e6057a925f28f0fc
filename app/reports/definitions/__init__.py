"""The types of reports: one module each."""
