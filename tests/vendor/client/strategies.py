"""Made-up JSON for a schema of the contract: anything it allows, and then more than it allows."""

from datetime import timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from . import schemas

Values = st.SearchStrategy[Any]

# Lengths and sizes that show more than they cost.
_MOST_ROWS = 3
_NUMBERS = st.integers(min_value=0, max_value=2_000_000_000)

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NEW_FIELDS = st.dictionaries(st.text(max_size=5).map("new ".__add__), JSON_VALUES, max_size=2)


def documented(schema: schemas.Schema) -> Values:
    """What the contract allows: each optional field there or not, each list at each of its values."""
    return _made(schemas.whole(schema), open_ended=False)


def open_ended(schema: schemas.Schema) -> Values:
    """The same, and in every object unknown fields, in every list of values unknown ones."""
    return _made(schemas.whole(schema), open_ended=True)


def _made(schema: schemas.Schema, *, open_ended: bool) -> Values:
    if "anyOf" in schema:
        return st.one_of([_made(schemas.whole(part), open_ended=open_ended) for part in schema["anyOf"]])
    kinds = schemas.types(schema)
    null = st.none() if "null" in kinds else st.nothing()
    if listed := schemas.values(schema):
        known = st.sampled_from(sorted(listed))
        return null | known | (st.text(max_size=10) if open_ended else st.nothing())
    return null | st.one_of([_of_type(kind, schema, open_ended=open_ended) for kind in sorted(kinds - {"null"})])


def _of_type(kind: str, schema: schemas.Schema, *, open_ended: bool) -> Values:
    match kind:
        case "object":
            return _objects(schema, open_ended=open_ended)
        case "array":
            return st.lists(_made(schemas.whole(schema["items"]), open_ended=open_ended), max_size=_MOST_ROWS)
        case "string":
            return _texts(schema.get("format"))
        case "integer":
            return _NUMBERS
        case "number":
            return st.decimals(0, 100, places=2).map(float) | st.integers(0, 100)
        case _:
            return st.booleans()


def _objects(schema: schemas.Schema, *, open_ended: bool) -> Values:
    required = set(schema.get("required", []))
    made = {name: _made(inner, open_ended=open_ended) for name, inner in schemas.properties(schema).items()}
    record = st.fixed_dictionaries(
        {name: values for name, values in made.items() if name in required},
        optional={name: values for name, values in made.items() if name not in required},
    )
    return st.builds(lambda new, known: new | known, NEW_FIELDS, record) if open_ended else record


def _texts(kind: str | None) -> Values:
    if kind == "date":
        return st.dates().map(lambda day: day.isoformat())
    if kind == "date-time":
        offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
        moments = st.datetimes(timezones=offsets).map(lambda moment: moment.isoformat())
        return moments | st.datetimes().map(lambda moment: f"{moment.isoformat()}Z")
    return st.text(max_size=20)
