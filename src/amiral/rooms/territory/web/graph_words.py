"""Kinds of territories in words."""

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from amiral.rooms.territory.contracts import TerritoryCard, TerritoryKind
from amiral.rooms.territory.french import of_place


def kind_label(card: TerritoryCard) -> str:
    """What a territory is, in words."""
    if card.kind is TerritoryKind.DEPARTEMENT and card.code.startswith(("975", "977", "978", "98")):
        return _("Overseas collectivity")
    return {
        TerritoryKind.COUNTRY: _("Country"),
        TerritoryKind.REGION: _("Region"),
        TerritoryKind.DEPARTEMENT: _("Département"),
        TerritoryKind.EPCI: _("Group of communes (EPCI)"),
        TerritoryKind.COMMUNE: _("Commune"),
        TerritoryKind.ARRONDISSEMENT_MUNICIPAL: _("Municipal arrondissement"),
        TerritoryKind.CANTON: _("Canton"),
        TerritoryKind.CIRCONSCRIPTION: _("Constituency (circonscription législative)"),
        TerritoryKind.ARRONDISSEMENT: _("Arrondissement"),
        TerritoryKind.COMMUNE_DELEGUEE: _("Delegated commune (commune déléguée)"),
        TerritoryKind.COMMUNE_ASSOCIEE: _("Associated commune (commune associée)"),
        TerritoryKind.BUREAU_DE_VOTE: _("Polling station area (bureau de vote)"),
        TerritoryKind.CIRCONSCRIPTION_CONSULAIRE: _("Consular constituency"),
        TerritoryKind.FOREIGN_COUNTRY: _("Foreign country"),
        TerritoryKind.ZONE: _("Zone drawn by the campaign"),
    }[card.kind]


def kind_words(kind: TerritoryKind) -> str:
    """The kind in the plural."""
    return {
        TerritoryKind.COUNTRY: _("Country"),
        TerritoryKind.REGION: _("Regions"),
        TerritoryKind.DEPARTEMENT: _("Départements and overseas collectivities"),
        TerritoryKind.ARRONDISSEMENT: _("Arrondissements (sub-prefectures)"),
        TerritoryKind.EPCI: _("Groups of communes (EPCI)"),
        TerritoryKind.CANTON: _("Cantons"),
        TerritoryKind.CIRCONSCRIPTION: _("Constituencies (circonscriptions législatives)"),
        TerritoryKind.COMMUNE: _("Communes"),
        TerritoryKind.COMMUNE_DELEGUEE: _("Delegated communes (communes déléguées)"),
        TerritoryKind.COMMUNE_ASSOCIEE: _("Associated communes (communes associées)"),
        TerritoryKind.ARRONDISSEMENT_MUNICIPAL: _("Municipal arrondissements"),
        TerritoryKind.BUREAU_DE_VOTE: _("Polling station areas (bureaux de vote)"),
        TerritoryKind.CIRCONSCRIPTION_CONSULAIRE: _("Consular constituencies"),
        TerritoryKind.FOREIGN_COUNTRY: _("Foreign countries"),
        TerritoryKind.ZONE: _("Zones drawn by the campaign"),
    }[kind]


def kind_in(kind: TerritoryKind, holder: TerritoryCard | None) -> str:
    """``Communes du Rhône``, ``Communes of Rhône``: the article is that of the name, in French alone."""
    if holder is None:
        return kind_words(kind)
    if (get_language() or "").startswith("fr"):
        return f"{kind_words(kind)} {of_place(name=holder.name, name_type=holder.name_type)}"
    return _("%(kind)s of %(name)s") % {"kind": kind_words(kind), "name": holder.name}
