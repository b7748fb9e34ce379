"""The stage type `words`: how often each word is in a text. A worker, so that Python starts once for a thousand texts."""

import csv
import re
from collections import Counter

from stage import Failure, serve

WORD = re.compile(r"[^\W\d_]+")


def words(request):
    path = request["inputs"]["text"][0]["path"]
    try:
        with open(path, encoding="utf-8") as file:
            counts = Counter(word for line in file for word in WORD.findall(line.lower()))
    except OSError as error:
        raise Failure("unreadable", "critical", f"The text cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise Failure("not-utf-8", "skippable", "The text is not UTF-8.") from None
    # The same order for the same text: by how often, then by the alphabet.
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    try:
        with open(request["outputs"]["words"]["path"], "w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([("word", "count"), *ranked[: request["params"]["top"]]])
    except OSError as error:
        raise Failure("unwritable", "critical", f"The words cannot be written: {error.strerror}.") from None
    return {"words": counts.total(), "different": len(counts)}


serve(words)
