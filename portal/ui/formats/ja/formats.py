"""How dates, times and numbers are written on Japanese pages. The names are those of the English module."""

DATE_FORMAT = "Y年n月j日（D）"
SHORT_DATE_FORMAT = "Y/m/d"
MONTH_DAY_FORMAT = "n/j"
YEAR_MONTH_FORMAT = "Y年n月"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "Y年n月j日（D） H:i"
SHORT_DATETIME_FORMAT = "Y/m/d H:i"
FIRST_DAY_OF_WEEK = 0
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%Y/%m/%d"]
THOUSAND_SEPARATOR = ","
DECIMAL_SEPARATOR = "."
NUMBER_GROUPING = 3

WEEKDAY_DATE_FORMAT = "Y年n月j日（D）"
SHORT_WEEKDAY_FORMAT = "n/j（D）"
MONTH_DAY_TIME_FORMAT = "n/j H:i"
SECONDS_FORMAT = "H:i:s"
