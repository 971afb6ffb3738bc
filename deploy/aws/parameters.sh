#!/bin/sh
# The parameters of a deployment, as lines of NAME=value, out of VARIABLES, a JSON object. Of an organisation's variables
# only those are taken that serverless.yml asks for.
set -eu
here=$(dirname "$0")
asked=$(sed -n 's/.*\${env:\([A-Z_]*\).*/\1/p' "$here/serverless.yml" | sort -u)
printf '%s' "$VARIABLES" | jq --raw-output --arg asked "$asked SITES_FILE" '
  ($asked | split("\n") | map(split(" ")) | add) as $names
  | to_entries[] | select(.key | IN($names[]))
  | if .value | test("[\r\n]") then error("\(.key) must be one line") else "\(.key)=\(.value)" end'
