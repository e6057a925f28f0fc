"""The page "Explain this number" and the lists of records behind a figure."""
