"""French: « 28 novembre 2026 à 10 h 00 », with spaces that do not break inside an hour."""

DATE_FORMAT = "j F Y"
SHORT_DATE_FORMAT = "j N Y"
TIME_FORMAT = "G\u00a0\\h\u00a0i"
DATETIME_FORMAT = f"j F Y à {TIME_FORMAT}"
SHORT_DATETIME_FORMAT = f"j N Y, {TIME_FORMAT}"
