#!/bin/sh
# Prints the parameters of a deployment as lines of NAME=value, from the JSON object in VARIABLES. An organisation may have
# other variables: only those that serverless.yml reads are printed.
set -eu
here=$(dirname "$0")
names=$(sed -n 's/.*\${env:\([A-Z_]*\).*/\1/p' "$here/serverless.yml" | sort -u)
printf '%s' "$VARIABLES" | jq --raw-output --arg names "$names SITES_FILE" '
  ($names | split("\n") | map(split(" ")) | add) as $allowed
  | to_entries[] | select(.key | IN($allowed[]))
  | if .value | test("[\r\n]") then error("\(.key) must be one line") else "\(.key)=\(.value)" end'
