"""How a stage hears what to do and says how it ended: as much of protocol 1 as these stage types need."""

import json
import os
import socket
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


def serve(run):
    """As a worker: serves one request after the other over descriptor 3, until wrangle closes it."""
    # The replay of a failed attempt starts it for that request alone.
    if "WRANGLE_REQUEST" in os.environ:
        once(run)
    with socket.socket(fileno=3) as channel, channel.makefile("r", encoding="utf-8") as messages:

        def send(message):
            channel.sendall(json.dumps(message).encode() + b"\n")

        send({"protocol": 1})
        for line in messages:
            request = json.loads(line)
            # The work is so short that it is over, and answered, before anything could be made of a cancel.
            if "cancel" in request:
                continue
            os.environ.update(request["variables"])
            os.chdir(request["cwd"])
            # Whatever else is raised ends this worker with its traceback, and wrangle starts another.
            result = attempt(run, request)
            # What it printed is the log of this request.
            sys.stdout.flush()
            send({"id": request["id"], **result})
            send({"protocol": 1})
