"""Asks the checker of the Berkeley Function-Calling Leaderboard about cases, and writes its verdicts.

    pip install --no-deps bfcl-eval==2026.3.23
    java -cp ... dev.finetide.metrics.calls.BerkeleyCases CASES.jsonl      # writes the cases
    python make_bfcl_goldens.py CASES.jsonl golden/bfcl.json
"""

import hashlib
import json
import sys
import types

# The checker asks its table of models only whether dots of names became underscores, which is so in
# no case here. The table itself would import the client of every provider.
config = types.ModuleType("bfcl_eval.constants.model_config")
config.MODEL_CONFIG_MAPPING = {}
sys.modules[config.__name__] = config

from bfcl_eval.constants.enums import Language  # noqa: E402
from bfcl_eval.eval_checker.ast_eval.ast_checker import ast_checker  # noqa: E402

TYPES = {"number": "float", "object": "dict"}


def described(tool):
    """Returns a tool in the words of the leaderboard's own files."""
    function = json.loads(json.dumps(tool["function"]))
    function["parameters"].setdefault("required", [])
    for place in function["parameters"]["properties"].values():
        place["type"] = TYPES.get(place["type"], place["type"])
        if place["type"] == "array":
            items = place.setdefault("items", {})
            items["type"] = TYPES.get(items.get("type", "any"), items.get("type", "any"))
    return function


def verdict(case):
    calls = [{call["name"]: call["arguments"]} for call in case["answer"]]
    try:
        result = ast_checker(
            [described(tool) for tool in case["tools"]],
            calls,
            case["acceptable"],
            Language.PYTHON,
            "parallel" if len(case["acceptable"]) != 1 else "multiple",
            "none",
        )
        return "1" if result["valid"] else "0"
    except Exception as error:  # the checker fails on some answers, as on lists of lists
        print(case["change"], type(error).__name__, error, file=sys.stderr)
        return "e"


def main():
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    verdicts = "".join(verdict(json.loads(line)) for line in data.decode().splitlines())
    with open(sys.argv[2], "w") as file:
        json.dump({"cases_sha256": hashlib.sha256(data).hexdigest(), "verdicts": verdicts}, file)
        file.write("\n")


main()
