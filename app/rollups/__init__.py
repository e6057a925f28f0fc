"""Daily facts: which exist, what makes a day of them dirty, and how it is recomputed from the records."""
