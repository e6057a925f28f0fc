"""All measures, by their CMS number."""

from app.quality.measure import Measure
from app.quality.measures import (
    cms2,
    cms50,
    cms69,
    cms122,
    cms124,
    cms125,
    cms130,
    cms131,
    cms138,
    cms139,
    cms165,
    cms349,
    cms951,
)

_MODULES = (cms165, cms122, cms130, cms125, cms124, cms139, cms349, cms131, cms951, cms138, cms2, cms69, cms50)
MEASURES: dict[str, Measure] = {module.MEASURE.id: module.MEASURE for module in _MODULES}
