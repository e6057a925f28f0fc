"""The kinds of questions that reports ask: each asks the metrics and turns the answers into sections."""
