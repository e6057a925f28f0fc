"""The formats of a report's file: one module each, all written from the same content."""
