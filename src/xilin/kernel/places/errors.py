"""What places refuse."""

from django.utils.translation import gettext_lazy as _

from xilin.lib.errors import Refusal


class NoCollection(Refusal):
    """There is no such collection, or it is not public and the caller is not signed in: the same answer."""

    status = 404
    message = _("There is no collection {collection}, or you may not see it.")
    remedy = _("The collections are listed at /api/places/collections; some are seen only when signed in.")


class NoPlace(Refusal):
    """A feature that the collection doesn't have."""

    status = 404
    message = _("Collection {collection} has no place {place}.")
    remedy = _("Ask for the collection's items; each has its id.")


class ParameterWrong(Refusal):
    """A parameter with a value that can't be used."""

    status = 400
    message = _("Parameter {name} can't be {value}.")
    remedy = _("Give it {allowed}.")


class ParameterUnknown(Refusal):
    """A parameter that the address doesn't have."""

    status = 400
    message = _("There is no parameter {name} here.")
    remedy = _("It takes {allowed}.")


class NoTile(Refusal):
    """A tile outside the grid or beyond the levels that are made."""

    status = 404
    message = _("There is no tile {tile}.")
    remedy = _("Ask for levels 0 to {most}, with row and column from 0 within the level.")


class AddressEmpty(Refusal):
    """Nothing to code."""

    status = 400
    message = _("There is no address to code.")
    remedy = _("Give an address of at least two characters, at most 200.")


class NotGeoJson(Refusal):
    """A file that can't be loaded as features."""

    status = 422
    message = _("{file} is no GeoJSON feature collection.")
    remedy = _("Write a FeatureCollection in UTF-8, longitude before latitude, in CGCS2000.")
