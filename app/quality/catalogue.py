"""All measures, by their CMS number."""

from app.quality.measures import cms122, cms124, cms125, cms130, cms131, cms139, cms165, cms349, cms951

MEASURES = {
    module.MEASURE.id: module.MEASURE
    for module in (cms122, cms124, cms125, cms130, cms131, cms139, cms165, cms349, cms951)
}
