"""The fact families: one file a domain."""
