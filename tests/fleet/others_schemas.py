"""Complaints about a line by what the other program itself says of its form: see gather-schemas.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import ipaddress
import json
import re

import jsonschema

PRIVATE = "pop3ana."  # what ECS does not know lies below it
INTEGERS = {"integer_t", "long_t", "timestamp_t", "port_t"}


def is_integer(value, low=-2**63, high=2**63 - 1):
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_address(value):
    try:
        return isinstance(value, str) and bool(ipaddress.ip_address(value))
    except ValueError:
        return False


class Eve:
    """JSON Schema, and the classifications of alerts."""

    def __init__(self, known):
        jsonschema.Draft202012Validator.check_schema(known["schema"])
        self.validator = jsonschema.Draft202012Validator(known["schema"])
        self.priorities = known["priorities"]

    def complaints(self, line):
        for error in self.validator.iter_errors(line):
            yield f"{'.'.join(map(str, error.absolute_path))}: {error.message}"
        kind = line.get("event_type")
        # The schema lets any type have any object, or none.
        if kind in ("pop3", "alert", "anomaly", "tls", "flow") and kind not in line:
            yield f"no object {kind}"
        if kind == "alert":
            alert = line.get("alert", {})
            if self.priorities.get(alert.get("category")) != alert.get("severity"):
                yield f"alert: {alert.get('category')!r} has another severity"


class Ecs:
    TYPES = {
        "keyword": lambda value: isinstance(value, str),
        "match_only_text": lambda value: isinstance(value, str),
        "ip": is_address,
        "long": is_integer,
        "boolean": lambda value: isinstance(value, bool),
        "date": lambda value: isinstance(value, str) and bool(
            re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", value)),
    }

    def __init__(self, known):
        self.known = known

    @staticmethod
    def leaves(value, path=""):
        for name, inner in value.items():
            if isinstance(inner, dict):
                yield from Ecs.leaves(inner, f"{path}{name}.")
            else:
                yield path + name, inner

    def complaints(self, line):
        for needed in ("@timestamp", "ecs.version"):
            if needed not in dict(self.leaves(line)):
                yield f"{needed} is missing"
        for path, value in self.leaves(line):
            field = self.known["fields"].get(path)
            if field is None:
                if not path.startswith(PRIVATE):
                    yield f"{path} is no field"
                continue
            if field["is_array"] != isinstance(value, list):
                yield f"{path}: is an array, or should be one"
                continue
            check = self.TYPES.get(field["type"], lambda value: False)
            for one in value if isinstance(value, list) else [value]:
                if not check(one):
                    yield f"{path}: {one!r} is no {field['type']}"
                elif one not in self.known["allowed"].get(path, [one]):
                    yield f"{path}: {one!r} is not allowed"
        event = line.get("event", {})
        types = event.get("type", [])
        for category in event.get("category", []):
            for one in types if isinstance(types, list) else [types]:
                if one not in self.known["types_of_category"].get(category, []):
                    yield f"event.type: {one!r} does not go with {category!r}"


class Ocsf:
    """Attributes of a class and of the objects in it: as the server of the schema checks them."""

    def __init__(self, known):
        self.known = known

    def complaints(self, line):
        found = self.known["classes"].get(str(line.get("class_uid")))
        if found is None:
            yield f"class_uid: no class {line.get('class_uid')!r} is known"
            return
        yield from self.object("", found, line)
        activity = found["attributes"]["activity_id"]["enum"].get(str(line.get("activity_id")), {})
        for name, value in (
                ("category_uid", found["category_uid"]), ("category_name", found["category_name"]),
                ("class_name", found["caption"]), ("activity_name", activity.get("caption")),
                ("type_name", f"{found['caption']}: {activity.get('caption')}"),
                ("type_uid", line.get("class_uid") * 100 + (line.get("activity_id") or 0))):
            if line.get(name) != value:
                yield f"{name}: not {value!r}"
        if line.get("metadata", {}).get("version") != self.known["version"]:
            yield f"metadata.version: not {self.known['version']}"

    def object(self, path, kind, value):
        attributes = kind["attributes"]
        for name, attribute in attributes.items():
            if attribute.get("requirement") == "required" and name not in value:
                yield f"{path}{name} is missing"
        for rule, names in kind["constraints"].items():
            count = len([name for name in names if name in value])
            if count == 0 or (rule == "just_one" and count > 1):
                yield f"{path}: {rule} of {names}"
        for name, inner in value.items():
            if name not in attributes:
                yield f"{path}{name} is no attribute"
                continue
            attribute = {**self.known["dictionary"][name], **attributes[name]}
            enum = {**self.known["dictionary"][name].get("enum", {}), **attribute.get("enum", {})}
            if name in ("category_uid", "class_uid"):
                enum = {}  # the files leave it to the server to add the class's own: see complaints()
            if "@deprecated" in attribute:
                yield f"{path}{name} is deprecated"
            if bool(attribute.get("is_array")) != isinstance(inner, list):
                yield f"{path}{name}: is an array, or should be one"
                continue
            for one in inner if isinstance(inner, list) else [inner]:
                yield from self.value(f"{path}{name}", attribute["type"], one)
                if enum and str(one) not in enum:
                    yield f"{path}{name}: {one!r} is not in the enumeration"
                elif enum and attribute.get("sibling") in attributes and name.endswith("_id"):
                    caption = value.get(attribute["sibling"])
                    if one == 99 and caption is None:
                        yield f"{path}{attribute['sibling']} is missing"
                    elif one != 99 and caption not in (None, enum[str(one)]["caption"]):
                        yield f"{path}{attribute['sibling']}: not {enum[str(one)]['caption']!r}"

    def value(self, path, kind, value):
        if kind in ("object", "json_t"):
            return
        if kind in self.known["objects"]:
            if isinstance(value, dict):
                yield from self.object(f"{path}.", self.known["objects"][kind], value)
            else:
                yield f"{path}: is no object"
            return
        rules = self.known["types"][kind]
        if kind == "boolean_t":
            fits = isinstance(value, bool)
        elif kind in INTEGERS:
            fits = is_integer(value, *rules.get("range", ()))
        else:
            fits = isinstance(value, str) and (
                "regex" not in rules or re.search(rules["regex"], value)) and len(value) <= rules.get(
                    "max_len", 2**31)
        if not fits:
            yield f"{path}: {value!r} is no {kind}"


class Zeek:
    """The records of Zeek's logs. The log pop3 is ours: of it only what all logs share is checked."""
    SHARED = ("_path", "_system_name")
    TYPES = {
        "time": is_number,
        "interval": is_number,
        "string": lambda value: isinstance(value, str),
        "count": lambda value: is_integer(value, 0, 2**64 - 1),
        "port": lambda value: is_integer(value, 0, 65535),
        "bool": lambda value: isinstance(value, bool),
        "addr": is_address,
        "transport_proto": lambda value: value in ("tcp", "udp", "icmp", "unknown_transport"),
        "Type": lambda value: bool(re.fullmatch(r"[A-Z]\w*::[A-Z]\w*", value)),
        "ActionSet": lambda value: isinstance(value, list) and all(
            re.fullmatch(r"Notice::ACTION_[A-Z_]+", one) for one in value),
        "set[string]": lambda value: isinstance(value, list) and all(
            isinstance(one, str) for one in value),
    }
    OWN = [{"name": "ts", "type": "time", "is_optional": False},
           {"name": "uid", "type": "string", "is_optional": False},
           {"name": "id", "type": "conn_id", "is_optional": False}]

    def __init__(self, known):
        self.conn_id = known["conn_id"]
        self.logs = {"pop3": self.OWN, **known["logs"]}

    def complaints(self, line):
        log = line.get("_path")
        if log not in self.logs:
            yield f"_path: no log {log!r}"
            return
        columns = {}
        for field in self.logs[log]:
            if field["type"] == "conn_id":
                for inner in self.conn_id:
                    columns[f"id.{inner['name']}"] = {**inner, "is_optional": field["is_optional"]}
            else:
                columns[field["name"]] = field
        for name, column in columns.items():
            if name not in line:
                if not column["is_optional"]:
                    yield f"{name} is missing"
            elif not self.TYPES[column["type"]](line[name]):
                yield f"{name}: {line[name]!r} is no {column['type']}"
        for name, value in line.items():
            if name not in columns and name not in self.SHARED and log != "pop3":
                yield f"{name} is no column of {log}"
            if isinstance(value, dict):
                yield f"{name}: logs are flat"


CHECKERS = {"eve": Eve, "ecs": Ecs, "ocsf": Ocsf, "zeek": Zeek}


def load(folder, form):
    known = json.loads((folder / f"{form}.json").read_text(encoding="utf-8"))
    return CHECKERS[form](known)
