"""How dates, times and numbers are written on English pages: in a sentence, a table, a marker."""

DATE_FORMAT = "j M Y"
SHORT_DATE_FORMAT = "Y-m-d"
MONTH_DAY_FORMAT = "j M"
YEAR_MONTH_FORMAT = "F Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j M Y, H:i"
SHORT_DATETIME_FORMAT = "Y-m-d H:i"
FIRST_DAY_OF_WEEK = 1
DATE_INPUT_FORMATS = ["%Y-%m-%d"]
THOUSAND_SEPARATOR = ","
DECIMAL_SEPARATOR = "."
NUMBER_GROUPING = 3

# Ours alone; portal/sync/templatetags/times.py reads them by name.
WEEKDAY_DATE_FORMAT = "D j M Y"
SHORT_WEEKDAY_FORMAT = "D j M"
MONTH_DAY_TIME_FORMAT = "j M H:i"
SECONDS_FORMAT = "H:i:s"
