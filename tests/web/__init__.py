"""Tests of what the browser and the printer get."""
