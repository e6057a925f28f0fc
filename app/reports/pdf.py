"""Paper to PDF with WeasyPrint: tagged, with nothing fetched but the bundled style and fonts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

from fontTools.ttLib.woff2 import decompress
from weasyprint import CSS, HTML, Attachment
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

_REPOSITORY = Path(__file__).resolve().parents[2]
_STATIC = _REPOSITORY / "static"
_BASE = "https://bundled.invalid/"  # never asked for: relative addresses need a scheme that can be joined
_TYPES: Mapping[str, str] = {".css": "text/css", ".woff2": "font/ttf", ".svg": "image/svg+xml", ".png": "image/png"}


class NotBundled(FatalURLFetchingError):
    """Something in a report asks for a file or an address that is not part of the product."""


class BrokenPdf(Exception):
    """What came out is not a PDF with pages."""


@dataclass(frozen=True)
class Pdf:
    """A document as bytes, and how many pages it has."""

    content: bytes
    pages: int


@dataclass(frozen=True)
class Attached:
    """A file inside a document."""

    name: str
    description: str
    content: bytes


class BundledFetcher(URLFetcher):
    """Answers `css/…` and `fonts/…` from the static folder, and `data:`; refuses the rest."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=("data",), allow_redirects=False)
        self.refused: list[str] = []

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        """The bundled file or the data; raises NotBundled, which ends the rendering."""
        if url.startswith("data:"):
            return super().fetch(url, headers)
        path = (_STATIC / url.removeprefix(_BASE)).resolve()
        allowed = url.startswith(_BASE) and path.parent in (_STATIC / "css", _STATIC / "fonts")
        if not allowed or path.suffix not in _TYPES or not path.is_file():
            self.refused.append(url)
            raise NotBundled(f"a report may not fetch {url[:80]!r}")
        content = unpacked(path) if path.suffix == ".woff2" else path.read_bytes()
        return URLFetcherResponse(url, content, {"Content-Type": _TYPES[path.suffix]})


@cache
def unpacked(path: Path) -> bytes:
    """A bundled font as what it was packed from; once a process, for it takes longer than setting a page."""
    out = BytesIO()
    decompress(path, out)
    return out.getvalue()


def warm_up() -> None:
    """Unpacks every bundled font and sets a page, so that processes that are forked from this one find what the first
    page costs and no other does."""
    for path in (_STATIC / "fonts").glob("inter-[0-9]*.woff2"):
        unpacked(path)
    render('<html lang="en"><title>Page</title><h1>Page</h1><table><tr><th>Day<td><b>1</b></table></html>')


def render(html: str, attached: Sequence[Attached] = ()) -> Pdf:
    """Sets a document of ours, with files inside; raises NotBundled and BrokenPdf."""
    fetcher, fonts = BundledFetcher(), FontConfiguration()
    style = CSS(url=f"{_BASE}css/paper.css", url_fetcher=fetcher, font_config=fonts)
    document = HTML(string=html, base_url=_BASE, url_fetcher=fetcher).render(
        stylesheets=[style], font_config=fonts, pdf_tags=True, pdf_variant="pdf/ua-1"
    )
    document.metadata.attachments += [
        Attachment(string=file.content, name=file.name, description=file.description, relationship="Supplement")
        for file in attached
    ]
    content = document.write_pdf(pdf_tags=True, pdf_variant="pdf/ua-1")
    if fetcher.refused:  # inside a drawing the error itself is swallowed
        raise NotBundled(f"a report may not fetch {fetcher.refused[0][:80]!r}")
    if not document.pages or not content.startswith(b"%PDF-") or b"%%EOF" not in content[-32:]:
        raise BrokenPdf
    return Pdf(content, len(document.pages))
