"""What the demonstration says. Persons are invented and plainly so; places and laws are real."""

from dataclasses import dataclass
from datetime import date

GIVEN_NAMES = (
    "Camille", "Sacha", "Dominique", "Charlie", "Claudie", "Morgan", "Lou", "Alix", "Andréa", "Maxime",
    "Noa", "Yaël", "Eden", "Ange", "Sasha", "Jo", "Kim", "Noor", "Lé", "Mali", "Robin", "Swann", "Céleste",
    "Ali", "Maé", "Loïs", "Gwenn", "Stéphane", "Frédérique", "Daniele", "Leslie", "Élie", "Nour", "Ariel",
)  # fmt: skip
FAMILY_NAMES = (
    "Exemple", "Fictif", "Modèle", "Essai", "Imaginaire", "Échantillon", "Spécimen", "Prototype", "Maquette",
)  # fmt: skip

LOCAL_GROUPS = (
    ("71270", "Mâcon et alentours", "On se retrouve le samedi matin, place Saint-Pierre, avant de partir en tournée.", 4.8287, 46.3069),
    ("71076", "Chalon-sur-Saône", "Le groupe de la ville et des quais ; réunion le premier mardi du mois.", 4.8539, 46.7806),
    ("71153", "Le Creusot", "Porte-à-porte, boîtage, et un café au retour.", 4.4411, 46.8014),
    ("71014", "Autun et le Morvan", "Grandes distances : on s’organise en covoiturage.", 4.2986, 46.9511),
    ("71137", "Cluny", "Un petit groupe qui s’agrandit : bienvenue aux personnes qui débutent.", 4.6591, 46.4345),
    ("71543", "Tournus", "Nous faisons le marché le samedi et les villages le dimanche.", 4.9106, 46.5636),
    ("71342", "Paray-le-Monial", "Le groupe du Charolais et du Brionnais.", 4.1194, 46.4536),
    ("71306", "Montceau-les-Mines", "Toutes les portes du bassin minier, une par une.", 4.3669, 46.6739),
)  # fmt: skip

QUARTER_DESCRIPTION = """
Aucun fichier d’adresses français n’accompagne le logiciel : le quartier de la démonstration est donc le centre
d’Helsinki, tel qu’OpenStreetMap le décrit. Chez vous, importez les adresses de votre commune.

On part à deux, pour deux heures, avec la feuille de route sur le téléphone ou sur papier.
"""


@dataclass(frozen=True, kw_only=True)
class Card:
    """A talking point of the demonstration, in both languages."""

    theme: str
    short_line: str
    body: str
    sources: tuple[tuple[str, str, date], ...]
    """(title, address, date since which it applies)"""


THEMES = (
    ("voter", "Voter", "Voting"),
    ("campagne", "La campagne", "The campaign"),
    ("donnees", "Vos données", "Your data"),
)

CARDS = (
    Card(
        theme="voter",
        short_line="On peut s’inscrire sur les listes électorales jusqu’au sixième vendredi avant le scrutin.",
        body="""
La demande d’inscription peut être déposée toute l’année, en ligne, en mairie ou par courrier. Pour voter à un
scrutin donné, elle doit l’être **au plus tard le sixième vendredi qui le précède**.

## Si on vous dit : « je suis sûrement encore inscrit »

Proposez de vérifier ensemble : le service public permet à chacun d’interroger sa situation électorale avec son nom,
sa date de naissance et sa commune.

## Ce qu’il faut préparer

1. un justificatif d’identité ;
2. un justificatif de domicile récent.
""",
        sources=(
            ("Code électoral, article L. 17", "https://www.legifrance.gouv.fr/codes/id/LEGITEXT000006070239/", date(2019, 1, 1)),
        ),
    ),
    Card(
        theme="voter",
        short_line="Absent le jour du vote ? La procuration se donne à un électeur de n’importe quelle commune.",
        body="""
Depuis 2022, la personne qui vote pour vous peut être inscrite dans **une autre commune que la vôtre** ; elle se rend
ce jour-là dans *votre* bureau de vote.

- La demande se prépare en ligne, puis l’identité est vérifiée sur place ou par l’identité numérique.
- Chaque mandataire porte au plus une procuration établie en France.

## Si on vous dit : « c’est trop compliqué »

Proposez de remplir la demande ensemble, sur le téléphone de la personne : cela prend quelques minutes. Ne notez rien.
""",
        sources=(
            ("Code électoral, articles L. 71 à L. 78", "https://www.legifrance.gouv.fr/codes/id/LEGITEXT000006070239/", date(2022, 1, 1)),
        ),
    ),
    Card(
        theme="donnees",
        short_line="À votre porte, nous ne notons que ce qui s’est passé : jamais un nom, jamais une opinion.",
        body="""
Une porte garde un **résultat** (personne, refus, discussion, revenir, document laissé), et rien d’autre. Une opinion
politique est une donnée sensible : la loi interdit de la consigner sans accord explicite.

## Si on vous dit : « d’où tenez-vous mon adresse ? »

De la Base adresse nationale, qui est publique et ne contient aucun nom.

## Si on vous dit : « ne revenez pas »

Choisissez « ne pas revenir » : l’adresse est laissée de côté pendant deux ans, sans nom et sans motif.
""",
        sources=(
            ("Règlement (UE) 2016/679, article 9", "https://eur-lex.europa.eu/eli/reg/2016/679/oj?locale=fr", date(2018, 5, 25)),
        ),
    ),
    Card(
        theme="campagne",
        short_line="La veille et le jour du vote, la campagne se tait : ni tract, ni porte-à-porte, ni message.",
        body="""
À partir de la veille du scrutin à zéro heure, la loi interdit de distribuer des documents, de diffuser des messages de
propagande électorale, d’appeler des électeurs en série et de tenir une réunion électorale.

Si une personne vous interroge ce jour-là, répondez avec courtoisie que vous ne pouvez plus faire campagne.
""",
        sources=(
            ("Code électoral, article L. 49", "https://www.legifrance.gouv.fr/codes/id/LEGITEXT000006070239/", date(2020, 6, 30)),
        ),
    ),
)  # fmt: skip

POSTS = (
    ("Bienvenue à celles et ceux qui nous ont rejoints cette semaine ! Le plus simple pour commencer : venir samedi, "
     "on part toujours à deux, une personne qui connaît et une qui découvre."),
    ("Les feuilles de route du quartier sont prêtes. Deux heures par équipe, et on se retrouve ensuite pour le café."),
    ("Retour de samedi : beaucoup de portes ouvertes, et la question de la **procuration** est revenue partout. "
     "L’argument a été mis à jour, relisez-le avant de partir."),
)  # fmt: skip
COMMENTS = (
    "C’est ma première fois : je cherche quelqu’un avec qui faire équipe.",
    "Je viens, avec ma voiture : trois places.",
    "Merci pour l’accueil, c’était une belle matinée.",
)
