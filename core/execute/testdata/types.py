"""Compares files that RadDeploy wrote with the values that they stand for, as
PyYAML reads them. Reads a list of cases from standard input and prints what
differs."""
import json
import sys

import yaml


def value(v):
    kind, v = next(iter(v.items()))
    if kind == "list":
        return [value(item) for item in v]
    if kind == "map":
        return {value(k): value(item) for k, item in v}
    return {"null": lambda v: None, "bool": bool, "int": int, "float": float, "str": str}[kind](v)


def same(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        keys = {(type(k), k): k for k in b}
        return len(a) == len(b) and all((type(k), k) in keys and same(a[k], b[k]) for k in a)
    return a == b


for case in json.load(sys.stdin):
    want = yaml.safe_load(yaml.dump(value(case["value"])))
    for name in ("config", "yaml", "hcl"):
        try:
            got = yaml.safe_load(case[name])
            if name != "config":
                got = got["models"][0].get("config")
        except yaml.YAMLError as e:
            got = e
        if not same(want, got):
            print("%s: want %r, got %r of %r" % (name, want, got, case[name]))
print("compared")
