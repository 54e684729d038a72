"""What maps draw of buildings."""

from amiral.rooms.territory import store
from amiral.rooms.territory.contracts import Bounds
from amiral.rooms.territory.queries import _street_files

Ring = list[list[float]]


def building_outlines(*, bounds: Bounds, limit: int) -> list[Ring]:
    """Outlines (longitude, latitude) of the imported buildings that touch a box, the larger ones first, at
    most ``limit``; courtyards left out. One query.
    """
    paths = [store.buildings_path_of(file_id=file_id) for file_id in _street_files(bounds)]
    found = store.read_buildings(paths=[path for path in paths if path.exists()], bounds=bounds)
    if found is None:
        return []
    largest = sorted(range(len(found)), key=lambda one: -found.area_m2[one])[:limit]
    parts = [slice(found.start[one], found.start[one + 1]) for one in largest]
    return [
        [list(pair) for pair in zip(found.lon[part].tolist(), found.lat[part].tolist(), strict=True)]
        for part in parts
    ]
