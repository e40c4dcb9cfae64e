# SPDX-License-Identifier: Apache-2.0
"""conf/policy.schema.json says what `cnil check` says: what the command accepts the schema accepts, and where the shape is
wrong (an unknown key, a value of another kind) both refuse. Tried on the example with every place of it spoiled in turn."""
import copy
import json
import os
import re
import subprocess
import tempfile

KINDS = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
}


class Schema:
    """The keywords of JSON Schema 2020-12 that the schema uses; any other one is an error."""

    def __init__(self, schema):
        self.root = schema

    def accepts(self, value, schema=None):
        schema = self.root if schema is None else schema
        if schema is True:
            return True
        return all(self.keyword(key, schema, value) for key in schema)

    def keyword(self, key, schema, value):
        # pylint: disable=too-many-return-statements
        what = schema[key]
        if key in ("$schema", "$defs", "title", "description", "default"):
            return True
        if key == "$ref":
            return self.accepts(value, self.root["$defs"][what.removeprefix("#/$defs/")])
        if key == "type":
            return KINDS[what](value)
        if key == "enum":
            return value in what and not isinstance(value, bool)
        if key == "anyOf":
            return any(self.accepts(value, one) for one in what)
        if key == "oneOf":
            return sum(self.accepts(value, one) for one in what) == 1
        if key == "not":
            return not self.accepts(value, what)
        if key in ("minimum", "maximum"):
            return not KINDS["integer"](value) or (value >= what if key == "minimum" else value <= what)
        if key in ("pattern", "minLength"):
            return not isinstance(value, str) or (
                re.search(what, value) is not None if key == "pattern" else len(value) >= what)
        if key == "items":
            return not isinstance(value, list) or all(self.accepts(item, what) for item in value)
        if key == "minItems":
            return not isinstance(value, list) or len(value) >= what
        if not isinstance(value, dict):
            return key in ("required", "propertyNames", "properties", "patternProperties", "additionalProperties")
        if key == "required":
            return all(name in value for name in what)
        if key == "propertyNames":
            return all(self.accepts(name, what) for name in value)
        if key == "properties":
            return all(self.accepts(value[name], what[name]) for name in value if name in what)
        if key == "patternProperties":
            return all(self.accepts(value[name], what[pattern]) for name in value for pattern in what
                       if re.search(pattern, name))
        if key == "additionalProperties":
            return all(what is not False and self.accepts(value[name], what) for name in value
                       if name not in schema.get("properties", {})
                       and not any(re.search(pattern, name) for pattern in schema.get("patternProperties", {})))
        raise ValueError(f"keyword {key}")


def places(value, path=()):
    """The paths of all values, comments apart."""
    yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        if not str(key).startswith("$"):
            yield from places(child, path + (key,))


def at(value, path):
    for key in path:
        value = value[key]
    return value


def changed(policy, path, change):
    policy = copy.deepcopy(policy)
    change(at(policy, path[:-1]), path[-1])
    return policy


def put(value):
    def change(parent, key):
        parent[key] = value
    return change


def drop(parent, key):
    del parent[key]


def spoiled(policy):
    """(what was done, whether it is a matter of shape, the policy)"""
    for path in places(policy):
        if isinstance(at(policy, path), dict):
            yield f"{path}: unknown key", True, changed(policy, path + ("un_known",), put(1))
        if path:
            for value, shape in ((None, True), (-1, True), ("a b", False), ([], False)):
                yield f"{path}: {value!r}", shape, changed(policy, path, put(value))
            yield f"{path}: left out", False, changed(policy, path, drop)


def mistakes(cnil, root):
    """Where schema and command differ, one sentence each; and how many policies were tried."""
    with open(os.path.join(root, "conf/policy.schema.json"), encoding="utf-8") as file:
        schema = Schema(json.load(file))
    with open(os.path.join(root, "conf/example.json"), encoding="utf-8") as file:
        example = json.load(file)
    tries = [("the example", True, example), ("{}", True, {})] + list(spoiled(example))
    with tempfile.TemporaryDirectory() as directory:
        names = []
        for index, (_, _, policy) in enumerate(tries):
            names.append(f"{index}.json")
            with open(os.path.join(directory, names[-1]), "w", encoding="utf-8") as file:
                json.dump(policy, file)
        done = subprocess.run([cnil, "check", *names], cwd=directory, capture_output=True, timeout=300, check=False)
    good = {line.removesuffix(": ok") for line in done.stdout.decode().splitlines() if line.endswith(": ok")}
    found = []
    for name, (what, shape, policy) in zip(names, tries):
        if name in good and not schema.accepts(policy):
            found.append(f"{what}: the command accepts it, the schema does not")
        if name not in good and shape and schema.accepts(policy):
            found.append(f"{what}: the schema accepts it, the command does not")
    if len(good) < 2:
        found.append("the command accepts nothing")
    return found, len(tries)
