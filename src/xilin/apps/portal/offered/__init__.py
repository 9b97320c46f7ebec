"""What the portal itself offers to the public pages, by the same way as any part."""

from xilin.apps.portal.offered import doors, home, news, pages
from xilin.web import public


def offer() -> None:
    """Offer everything. Called from `apps.ready()`."""
    public.offer(*home.SECTIONS)
    public.offer_figures(home.figures)
    public.offer_more(pages.sections)
    public.offer_doors(doors.doors)
    public.offer_doors(pages.doors)
    for part in news.PARTS:
        public.offer_news(part)
