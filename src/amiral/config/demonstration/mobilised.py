"""Several kinds of action, one every week, by two groups; one lent to a volunteer, who reported on it."""

from datetime import datetime, timedelta
from io import BytesIO
from uuid import UUID

from PIL import Image, ImageDraw

from amiral.cores.recurrence import Every
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.mobilisation.contracts import ActionDraft, Kind, ReportDraft, ShiftDraft

OTHERS: tuple[tuple[Kind, str, str, str], ...] = (
    (Kind.PHONE, "Appels aux bénévoles de démonstration", "", ""),
    (Kind.ONLINE, "Formation en ligne de démonstration", "", "https://visio.example.org/demonstration"),
    (Kind.PUBLIC_MEETING, "Réunion publique de démonstration", "Salle de démonstration", ""),
    (Kind.TRAINING, "Premier porte-à-porte : on apprend ensemble", "Local de démonstration", ""),
    (Kind.BILL_POSTING, "Collage de démonstration", "Devant le gymnase", ""),
)


def build(
    *,
    leader: UUID,
    volunteer: UUID,
    other_leader: UUID,
    group_id: UUID,
    other_group_id: UUID,
    past_action_id: UUID,
    starts_at: datetime,
    now: datetime,
) -> None:
    """``starts_at``: the first of the hours to come; ``past_action_id``: an action that is over."""
    for number, (kind, title, place, link) in enumerate(OTHERS):
        _hold(leader, group_id, kind, title, place, link, starts_at + timedelta(hours=3 * number), now)
    weekly = _hold(
        leader,
        group_id,
        Kind.LEAFLETING,
        "Tractage du samedi : Mâcon",
        "Pont de démonstration",
        "",
        starts_at,
        now,
    )
    until = (starts_at + timedelta(weeks=5)).date()
    mobilisation.repeat_action(by_id=leader, action_id=weekly, every=Every.WEEK, until=until, at=now)
    invitation = mobilisation.invite_group(by_id=leader, action_id=weekly, group_id=other_group_id, at=now)
    mobilisation.answer_invitation(by_id=other_leader, invitation_id=invitation, accepts=True, at=now)
    mobilisation.delegate_action(by_id=leader, action_id=past_action_id, person_id=volunteer, at=now)
    _report(past_action_id, by_id=volunteer, at=now)


def _hold(
    leader: UUID,
    group_id: UUID,
    kind: Kind,
    title: str,
    place: str,
    link: str,
    starts_at: datetime,
    now: datetime,
) -> UUID:
    ends_at = starts_at + timedelta(hours=2)
    return mobilisation.create_action(
        by_id=leader,
        group_id=group_id,
        draft=ActionDraft(kind=kind, title=title, place=place, link=link, commune_id="commune:71270"),
        shifts=[ShiftDraft(starts_at=starts_at, ends_at=ends_at, capacity=8, needed=3)],
        at=now,
    )


def _report(action_id: UUID, *, by_id: UUID, at: datetime) -> None:
    numbers = {"people": 7, "doors": 184, "conversations": 61, "leaflets": 150, "newcomers": 3}
    draft = ReportDraft(
        numbers=numbers,
        words="Bon accueil dans tout le quartier. On nous parle surtout de l’eau et du prix du bus.",
        pictures=[(_drawn(), "Un dessin de démonstration : une rue, trois maisons, un soleil")],
    )
    mobilisation.file_report(by_id=by_id, action_id=action_id, draft=draft, at=at)


def _drawn() -> bytes:
    """A drawing and not a photograph: nobody is on it."""
    image = Image.new("RGB", (640, 400), "#cfe8f7")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 300, 640, 400), fill="#8a8f98")
    draw.ellipse((520, 40, 590, 110), fill="#ffd23f")
    for left, colour in ((40, "#c8553d"), (240, "#588b8b"), (440, "#f28f3b")):
        draw.rectangle((left, 180, left + 140, 300), fill=colour)
        draw.polygon([(left - 10, 180), (left + 150, 180), (left + 70, 110)], fill="#5b3a29")
        draw.rectangle((left + 55, 240, left + 85, 300), fill="#3b2a20")
    stream = BytesIO()
    image.save(stream, "JPEG", quality=80)
    return stream.getvalue()
