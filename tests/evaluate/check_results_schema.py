"""Checks a results.json against docs/results.schema.json, and that the schema tells good from bad."""

import copy
import json
import sys

import jsonschema


def main(schema_path: str, results_path: str) -> None:
    with open(schema_path) as file:
        schema = json.load(file)
    with open(results_path) as file:
        results = json.load(file)
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    validator.validate(results)

    def refuses(change) -> bool:
        changed = copy.deepcopy(results)
        change(changed)
        return not validator.is_valid(changed)

    whole = lambda r: r["subsets"][0]["tasks"]["BIN"]
    assert refuses(lambda r: r.update(schema="codectrace.eval/2"))
    assert refuses(lambda r: r["subsets"].append(r["subsets"][0]))
    assert refuses(lambda r: whole(r).update(eer=2.78))
    assert refuses(lambda r: whole(r).pop("accuracy"))


if __name__ == "__main__":
    main(*sys.argv[1:])
