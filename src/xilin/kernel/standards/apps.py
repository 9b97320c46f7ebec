"""Wiring of standards."""

from django.apps import AppConfig


class StandardsConfig(AppConfig):
    """Data elements, code lists, areas, calendar."""

    name = "xilin.kernel.standards"
    label = "standards"

    def ready(self) -> None:
        """Make the kinds of declaration of this part known."""
        from xilin.kernel.standards import actions, queries
        from xilin.kernel.standards import declarations as kinds
        from xilin.web import languages

        kinds.register(kinds.LEAGUE)
        kinds.register(kinds.CODE_LIST)
        kinds.register(kinds.ELEMENT)
        kinds.register(kinds.AREA, actions.apply_areas)
        kinds.register(kinds.BOUNDARY, actions.apply_boundaries)
        kinds.register(kinds.HOLIDAY)
        kinds.register(kinds.WORD)
        languages.provide(queries.mongolian)
