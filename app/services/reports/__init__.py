"""Reports: what is asked for, scheduled, built, kept and promised to whom."""
