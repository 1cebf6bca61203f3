"""Writes libconfig files from Python values: dict is a group, a list of dicts a list, any other list an array."""


def to_libconfig(settings: dict, indent: str = "") -> str:
    return "".join(f"{indent}{key} = {_value(value, indent)};\n" for key, value in settings.items())


def _value(value, indent: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value}L" if abs(value) > 0x7FFFFFFF else str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, dict):
        return "{\n" + to_libconfig(value, indent + "  ") + indent + "}"
    if isinstance(value, list):
        opening, closing = "()" if any(isinstance(item, dict) for item in value) else "[]"
        return opening + ", ".join(_value(item, indent) for item in value) + closing
    raise TypeError(f"libconfig has no {type(value).__name__}")


def changed(settings: dict, path: str, value) -> dict:
    """A copy in which the setting at `path` ("ports[0].device") is `value`, or gone where `value` is REMOVED."""
    copy = dict(settings)
    head, _, rest = path.partition(".")
    name, _, index = head.rstrip("]").partition("[")
    if rest or index:
        if index:
            items = list(copy[name])
            items[int(index)] = changed(items[int(index)], rest, value) if rest else value
            copy[name] = items
        else:
            copy[name] = changed(copy.get(name, {}), rest, value)
    elif value is REMOVED:
        del copy[name]
    else:
        copy[name] = value
    return copy


REMOVED = object()
