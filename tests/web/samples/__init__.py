"""Believable instances of every view model; people are named Demo, Test, Sample, Mock, Fixture; the figures add up."""
