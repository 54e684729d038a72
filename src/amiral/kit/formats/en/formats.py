"""English as it is read in Europe: the day before the month, twenty-four hours.

Django's own English is American: 11/12/2026 would be the 12 November there and the 11 December here.
"""

DATE_FORMAT = "j F Y"
SHORT_DATE_FORMAT = "j M Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = f"j F Y, {TIME_FORMAT}"
SHORT_DATETIME_FORMAT = f"j M Y, {TIME_FORMAT}"
MONTH_DAY_FORMAT = "j F"
FIRST_DAY_OF_WEEK = 1
