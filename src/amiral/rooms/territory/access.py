"""Who may see and change the reference files: whoever holds the right to import anywhere.

Territories themselves are public. Files are not: which towns a campaign has loaded says where it will walk.
"""

from uuid import UUID

from amiral.kit import ports
from amiral.kit.errors import NotFound
from amiral.rooms.territory.models import ReferenceFile

IMPORT_REFERENCE = "import-reference"
"""``people.contracts.Feature.IMPORT_REFERENCE``, a room above: asked through the port ``holds``."""


def may_import(*, person_id: UUID | None) -> bool:
    """Whether the person holds the right to import, over any territory. One query."""
    return any(ports.call("holds", person_id=person_id, feature=IMPORT_REFERENCE))


def access_imports(*, person_id: UUID | None) -> None:
    """Raises ``NotFound`` for people who may not import."""
    if not may_import(person_id=person_id):
        raise NotFound


def access_file_by_id(*, person_id: UUID | None, file_id: UUID) -> ReferenceFile:
    """A live file; ``NotFound`` when missing, replaced or none of this person's business."""
    access_imports(person_id=person_id)
    try:
        return ReferenceFile.objects.get(pk=file_id, state=ReferenceFile.State.LIVE)
    except ReferenceFile.DoesNotExist:
        raise NotFound from None
