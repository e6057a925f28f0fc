"""The working pages about reports: asked for, scheduled, watched, delivered."""
