"""A file of supporters with the usual mistakes, two pairs of likely duplicates, and a request."""

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Basis, Origin, Purpose, RightChannel, RightKind, RightTyped

FILE_NAME = "stand-du-marche.csv"
TABLE = """Prénom;Nom;Courriel;Téléphone;CP;Ville;Date de consentement
Odile;Inventée;odile.inventee@demonstration.example;;71000;Mâcon;12/09/2026
Basile;Imaginaire;basile@demonstration.example;;71100;CHALON SUR SAONE;12/09/2026
Clarisse;Supposée;clarisse.supposee(at)demonstration.example;;71000;Mâcon;12/09/2026
Désiré;Prétendu;desire@demonstration.example;;21000;Dijon;12/09/2026
Elvire;Hypothèse;elvire@demonstration.example;;71000;Macon;32/13/2026
Fantine;Feinte;;;71000;Mâcon;12/09/2026
"""
"""Two lines that are well, and four of which the page says what is wrong."""

TWINS = (
    ("Solène", "Doublon", "solene.doublon", "Solene", "Doublon", "s.doublon"),
    ("Anatole", "Sosie", "anatole.sosie", "Anatole", "Sossie", "anatole.sosie2"),
)


def build(*, coordinator: UUID, domain: str, now: datetime) -> None:
    """Imports the file, adds the twins and looks for duplicates, types in a request."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, FILE_NAME)
        path.write_text(TABLE, encoding="utf-8")
        people.import_file(
            by_id=coordinator,
            territory_id="departement:71",
            path=path,
            origin=Origin.CAMPAIGN_FORM,
            basis=Basis.CONSENT,
            basis_proof="Bulletins papier, armoire du local de Mâcon",
            purpose=Purpose.NEWSLETTER,
            consent_text="J’accepte de recevoir la lettre d’information de la campagne.",
        )
    for given, family, local, other_given, other_family, other_local in TWINS:
        for name, surname, part in ((given, family, local), (other_given, other_family, other_local)):
            people.add_confirmed_person(
                email=f"{part}@{domain}",
                given_name=name,
                family_name=surname,
                postal_code="71000",
                commune_id="commune:71270",
            )
    people.find_duplicates()
    people.record_request(
        by_id=coordinator,
        typed=RightTyped(
            kind=RightKind.ACCESS,
            channel=RightChannel.LETTER,
            address="",
            words="Je voudrais savoir ce que vous gardez de moi.",
            territory_id="departement:71",
            received_on=(now - timedelta(days=22)).date(),
        ),
    )
