"""What the portal itself offers to the public pages, by the same way as any part."""

from xilin.apps.portal.offered import doors, home, news
from xilin.web import public


def offer() -> None:
    """Offer everything. Called from `apps.ready()`."""
    public.offer(*home.SECTIONS)
    public.offer_figures(home.figures)
    public.offer_doors(doors.doors)
    for part in news.PARTS:
        public.offer_news(part)
