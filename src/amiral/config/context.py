"""What every page's template may use."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """Names and switches of this installation; no query."""
    return {
        "campaign_name": settings.CAMPAIGN_NAME,
        "demonstration": settings.DEMONSTRATION,
        "languages": settings.LANGUAGES,
    }
