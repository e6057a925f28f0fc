"""A simulated group of clinics, written in the formats that `app.ingest` reads and loaded through it."""
