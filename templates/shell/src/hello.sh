#!/bin/sh
# The stage type `hello`: reads its request with jq, writes its output, and says how it ended.
set -eu

greeting=$(jq -r '.params.greeting' "$WRANGLE_REQUEST")
# The paths of an input are always a list, also when there is only one.
names=$(jq -r '.inputs.names[0].path' "$WRANGLE_REQUEST")
greetings=$(jq -r '.outputs.greetings.path' "$WRANGLE_REQUEST")

# A failure has a code for machines, a category for retries, and a sentence for people.
fail() {
  jq -n --arg code "$1" --arg category "$2" --arg message "$3" \
    '{protocol: 1, status: "failed", error: {code: $code, category: $category, message: $message}}' > "$WRANGLE_RESULT"
  exit 1
}

jq -Rr --arg greeting "$greeting" 'select(test("\\S")) | "\($greeting), \(.)!"' < "$names" > "$greetings"
people=$(wc -l < "$greetings")
[ "$people" -gt 0 ] || fail no-names critical 'There is not one name in the list.'
jq -n --argjson people "$people" '{protocol: 1, status: "ok", metrics: {people: $people}}' > "$WRANGLE_RESULT"
