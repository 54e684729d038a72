"""What French grammar and French law say of a place: its article, its voting day, its time zone. Pure.

Kept beside the common files because pages, queries and verbs all speak of places.

Sources. Articles: the TNCC ("type de nom en clair") of INSEE's code officiel géographique. Voting on
Saturday, the day before the others, in ballots of the whole country (presidential, legislative,
referendum): loi n° 62-1292 du 6 novembre 1962, article 3, II, last paragraph, for Guadeloupe, Guyane,
Martinique, Polynésie française, Saint-Barthélemy, Saint-Martin, Saint-Pierre-et-Miquelon and the embassies
and consulates on the American continent. La Réunion, Mayotte, Nouvelle-Calédonie and Wallis-et-Futuna vote on
Sunday, and so does everybody in municipal, departmental and regional ballots. Time zones: IANA.
"""

SATURDAY_DEPARTEMENTS = frozenset({"971", "972", "973", "975", "977", "978", "987"})
AMERICAN_CONSTITUENCIES = frozenset({"99-01", "99-02"})
"""The two constituencies of the French abroad whose posts all lie on the American continent."""

PARIS = "Europe/Paris"
_ZONES = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "975": "America/Miquelon",
    "976": "Indian/Mayotte",
    "977": "America/St_Barthelemy",
    "978": "America/Marigot",
    "984": "Indian/Kerguelen",
    "986": "Pacific/Wallis",
    "987": "Pacific/Tahiti",
    "988": "Pacific/Noumea",
    "989": "Pacific/Tahiti",
}
_ISLANDS = {
    **dict.fromkeys(("98718", "98723", "98731", "98746", "98756", "98757"), "Pacific/Marquesas"),
    "98719": "Pacific/Gambier",
}
"""Communes of Polynesia that keep another time than Tahiti: the six of the Marquesas, and Gambier."""

_HELD, _FEMININE, _PLURAL, _ELIDED = 2, 3, 4, 5
_WRITTEN = {2: "Le ", 4: "Les ", 6: "Aux "}
_AT_PLACES = frozenset({"75", "974", "975", "976", "977", "978", "986"})
"""Départements and collectivities that take "à", as islands and towns do."""
_IN_FEMININE = frozenset({"971", "972", "973"})


def votes_on_saturday(*, code: str) -> bool:
    """Whether a ballot of the whole country takes place on the Saturday before there.

    ``code``: of a département, a commune, a bureau or a constituency (``971``, ``97105``, ``99-02``).
    """
    return code[:3] in SATURDAY_DEPARTEMENTS or code in AMERICAN_CONSTITUENCIES


def time_zone(*, code: str) -> str:
    """IANA name of the legal time; ``""`` for the French abroad, whose posts keep many.

    ``code``: of a département, a commune, a bureau or a constituency.
    """
    if code.startswith("99-"):
        return ""
    return _ISLANDS.get(code[:5]) or _ZONES.get(code[:3], PARIS)


def of_place(*, name: str, name_type: int) -> str:
    """``du Havre``, ``des Ulis``, ``d’Amiens``, ``de La Rochelle``; names of départements have no article.

    ``of_place(name="Rhône", name_type=2)`` is ``du Rhône``.
    """
    name_type = _type(name, name_type)
    bare, written = _bare(name, name_type)
    if name_type == _HELD:
        return f"du {bare}"
    if name_type in (_PLURAL, 6):
        return f"des {bare}"
    if written or name_type in (0, 7, 8):
        return f"de {name}"
    return {1: f"d’{name}", _FEMININE: f"de la {name}", _ELIDED: f"de l’{name}"}.get(name_type, f"de {name}")


def at_place(*, name: str, name_type: int) -> str:
    """``au Havre``, ``aux Ulis``, ``à Amiens``, ``à La Rochelle``: for a commune."""
    name_type = _type(name, name_type)
    bare, _written = _bare(name, name_type)
    if name_type == _HELD:
        return f"au {bare}"
    if name_type in (_PLURAL, 6):
        return f"aux {bare}"
    return f"à {name}"


def in_departement(*, name: str, name_type: int, code: str) -> str:
    """``dans le Rhône``, ``dans l’Ain``, ``dans les Ardennes``, ``en Saône-et-Loire``, ``à Mayotte``."""
    if code in _AT_PLACES:
        return f"à {name}"
    if code in _IN_FEMININE:
        return f"en {name}"
    article = {_HELD: "le ", _FEMININE: "la ", _PLURAL: "les ", _ELIDED: "l’"}.get(name_type)
    return f"dans {article}{name}" if article else f"en {name}"


def _bare(name: str, name_type: int) -> tuple[str, bool]:
    """The name without its article, and whether the article is written in it, as communes have it."""
    article = _WRITTEN.get(name_type, "")
    if article and name.startswith(article):
        return name.removeprefix(article), True
    return name, name.startswith(("La ", "L'", "L’", "Las ", "Los "))


def _type(name: str, name_type: int) -> int:
    """INSEE's, but for the few new names of which it forgot the article ("Le Vernet-Chaméane")."""
    return next((kind for kind, article in _WRITTEN.items() if name.startswith(article)), name_type)
