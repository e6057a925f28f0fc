"""The application for a WSGI server: `gunicorn wsgi:app`."""

import gc
import sys

from app import create_app

app = create_app()

# What was made by now lives as long as the process: collecting what a page leaves behind need not look through it.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 20)

# Threads that only pass a kept answer on wait less for one that draws a board.
sys.setswitchinterval(0.001)
