#!/bin/sh
# The stage type `pick`. What it is to do is in the file $WRANGLE_REQUEST; how it ended goes into $WRANGLE_RESULT.
# Whatever it prints is a log.
set -eu

fields=$(jq -c '.params.fields' "$WRANGLE_REQUEST")
# The paths of an input are always a list, also when there is only one.
records=$(jq -r '.inputs.records[0].path' "$WRANGLE_REQUEST")
table=$(jq -r '.outputs.table.path' "$WRANGLE_REQUEST")

# A failure has a code for machines, a category for retries, and a sentence for people.
fail() {
  jq -n --arg code "$1" --arg category "$2" --arg message "$3" \
    '{protocol: 1, status: "failed", error: {code: $code, category: $category, message: $message}}' > "$WRANGLE_RESULT"
  exit 1
}

[ -r "$records" ] || fail unreadable critical 'The records cannot be read.'

records_of='def records: inputs | if type == "array" then .[] else . end;'
pick='
  def cell: if type == "array" or type == "object" then tojson else . end;
  ($fields | @csv),
  (records | [getpath($fields[] / ".") | cell] | @csv)'

if ! problem=$(jq -rn --argjson fields "$fields" "$records_of $pick" "$records" 2>&1 > "$table"); then
  fail unreadable critical "The records are not JSON objects: $problem"
fi

jq -n "$records_of"' {protocol: 1, status: "ok", metrics: {rows: (reduce records as $_ (0; . + 1))}}' "$records" > "$WRANGLE_RESULT"
