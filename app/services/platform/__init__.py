"""The installation itself: how it runs, how it is used, its backups."""
