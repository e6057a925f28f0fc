"""HTML: the report as one page to read and to print, with nothing to load and nothing that runs."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

from app.reports.content import ReportContent
from app.reports.formats.digest import DigestStream
from app.reports.markup import to_html
from app.reports.setting import Setting

PRINTED_ROWS = 5000
_STYLES = Path(__file__).resolve().parents[3] / "static" / "css"


def write(content: ReportContent, template: str, out: DigestStream) -> int:
    """Writes the file; how many rows its tables have together."""
    out.write(page(content, template).encode())
    return sum(min(len(table.first(PRINTED_ROWS)), PRINTED_ROWS) for table in content.tables())


def page(content: ReportContent, template: str) -> str:
    """The document, with its style inside and a policy that allows this style and nothing else."""
    setting = Setting(content, most_rows=PRINTED_ROWS, rest="The other formats hold all of them.")
    html = to_html(setting.on_paper(), template)
    head = f'<meta http-equiv="Content-Security-Policy" content="{policy()}">\n'
    head += '<meta name="viewport" content="width=device-width">\n'
    return html.replace("<title>", f"{head}<title>", 1).replace("</head>", f"<style>{_style()}</style>\n</head>", 1)


@cache
def policy() -> str:
    """The content security policy of such a page: its own style by digest, no script, nothing from elsewhere."""
    digest = b64encode(sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@cache
def _style() -> str:
    fonts_out = "".join(line for line in _read("paper.css").splitlines(True) if not line.startswith("@font-face"))
    return fonts_out + _read("paper-screen.css")


def _read(name: str) -> str:
    return (_STYLES / name).read_text(encoding="utf-8")
