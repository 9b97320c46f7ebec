"""Wiring of problems."""

from django.apps import AppConfig


class ProblemsConfig(AppConfig):
    """Problems reported by the public, and the departments that answer."""

    name = "xilin.apps.problems"
    label = "problems"

    def ready(self) -> None:
        """Make kinds of problems known."""
        from xilin.apps.problems.declarations import PROBLEM_KIND
        from xilin.kernel.standards.declarations import register

        register(PROBLEM_KIND)

    def offer_pages(self) -> None:
        """Offer the desk its section and the public pages their doors."""
        from xilin.apps.problems import offered
        from xilin.web import desk, public

        desk.offer(offered.sections)
        public.offer_doors(offered.doors)
