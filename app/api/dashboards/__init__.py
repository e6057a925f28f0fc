"""Dashboards as JSON: one module a dashboard, from the same readings as the pages."""
