"""Pages: parse, call a service or a metric, render."""
