"""What a poll is measured against: a Flask application whose only route returns 2 kB."""

from flask import Flask

app = Flask(__name__)
PAGE = "<p>" + "x" * 2041 + "</p>"


@app.get("/")
def page() -> str:
    """2 kB, the same each time."""
    return PAGE
