"""XML trees (lxml, which has no types of its own), and the one way to make them of bytes from outside."""

from lxml import etree

__all__ = ["etree", "parser"]


def parser() -> etree.XMLParser:
    """A parser that resolves no entities, loads no DTD, opens no connection and keeps libxml2's limits of size."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
    )
