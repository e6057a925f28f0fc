"""Where records come in: files and pushes, FHIR and CSV, to stored rows or to rejects with a reason."""
