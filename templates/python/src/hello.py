"""The stage type `hello`: reads its request, writes its output, and says how it ended. Standard library only."""

import json
import os
import sys


class Failure(Exception):
    """Ends the attempt: a code for machines, a category for retries, and a sentence for people."""

    def __init__(self, code, category, message):
        super().__init__(message)
        self.error = {"code": code, "category": category, "message": message}


def hello(request):
    """Returns the metrics for the record of the run."""
    greeting = request["params"]["greeting"]
    # The paths of an input are always a list, also when there is only one.
    with open(request["inputs"]["names"][0]["path"], encoding="utf-8") as names:
        people = [line.rstrip("\n") for line in names if line.strip()]
    if not people:
        raise Failure("no-names", "critical", "There is not one name in the list.")
    with open(request["outputs"]["greetings"]["path"], "w", encoding="utf-8") as greetings:
        for person in people:
            greetings.write(f"{greeting}, {person}!\n")
    return {"people": len(people)}


def main():
    with open(os.environ["WRANGLE_REQUEST"], encoding="utf-8") as file:
        request = json.load(file)
    try:
        result = {"protocol": 1, "status": "ok", "metrics": hello(request)}
    except Failure as failure:
        result = {"protocol": 1, "status": "failed", "error": failure.error}
    with open(os.environ["WRANGLE_RESULT"], "w", encoding="utf-8") as file:
        json.dump(result, file)
    # Whatever else is raised ends the process with 1 and its traceback in the log.
    return 0 if result["status"] == "ok" else 1


if __name__ == "__main__":
    sys.exit(main())
