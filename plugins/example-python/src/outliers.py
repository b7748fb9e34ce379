"""The stage type `outliers`: rows of a CSV whose number in one column is far from the others."""

import csv
from math import isfinite, nan
from statistics import median

from stage import Failure, once

# The median distance from the median of normal data, in standard deviations.
NORMAL = 0.6745


def outliers(request):
    params = request["params"]
    # The paths of an input are always a list, also when there is only one.
    with open(request["inputs"]["table"][0]["path"], encoding="utf-8-sig", newline="") as file:
        header, *rows = list(csv.reader(file)) or [[]]
    if not header:
        raise Failure("no-header", "critical", "The table is empty.")
    column = params["column"]
    if column not in header:
        raise Failure("no-column", "critical", f"There is no column {column!r}; there is {', '.join(header)}.")
    at = header.index(column)
    numbers = [number(row, at, column, line) for line, row in enumerate(rows, start=2)]
    known = [value for value in numbers if value is not None]
    middle = median(known) if known else 0.0
    spread = median(abs(value - middle) for value in known) if known else 0.0
    found = []
    for row, value in zip(rows, numbers):
        # Where most numbers are the same there is no scale to measure the others by.
        score = 0.0 if value is None or spread == 0 else NORMAL * (value - middle) / spread
        if abs(score) > params["threshold"]:
            found.append([*row, f"{score:.2f}"])
    with open(request["outputs"]["outliers"]["path"], "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([[*header, "score"], *found])
    return {"rows": len(rows), "outliers": len(found)}


def number(row, at, column, line):
    """None where there is none."""
    text = row[at].strip() if at < len(row) else ""
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = nan
    if not isfinite(value):
        message = f"{text!r} in line {line} is no number."
        raise Failure("not-a-number", "critical", message, row=line, column=column)
    return value


once(outliers)
