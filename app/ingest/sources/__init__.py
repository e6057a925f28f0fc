"""Transport and format: files and uploads to single records with their place, within stated limits."""
