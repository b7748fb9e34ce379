"""How a stage hears what to do and says how it ended: the whole of protocol 1 that one process for one attempt needs."""

import json
import os
import sys


class Failure(Exception):
    """Ends the attempt: a code for machines, a category for retries, a sentence for people, and where in the data."""

    def __init__(self, code, category, message, **where):
        super().__init__(message)
        self.error = {"code": code, "category": category, "message": message, **where}


def attempt(run, request):
    """The result document. `run` takes the request, writes its outputs and returns the metrics."""
    try:
        return {"protocol": 1, "status": "ok", "metrics": run(request)}
    except Failure as failure:
        return {"protocol": 1, "status": "failed", "error": failure.error}


def once(run):
    """Serves the one request that this process was started for. Whatever else is raised ends it with 1 and a traceback."""
    with open(os.environ["WRANGLE_REQUEST"], encoding="utf-8") as file:
        request = json.load(file)
    result = attempt(run, request)
    with open(os.environ["WRANGLE_RESULT"], "w", encoding="utf-8") as file:
        json.dump(result, file)
    sys.exit(0 if result["status"] == "ok" else 1)
