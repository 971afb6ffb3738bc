#!/bin/sh
# Runs every test, and beside them checks the types and lints: many tests wait. Arguments are passed to Vitest.
set -eu

sh "$(dirname "$0")/needs.sh"

checked() {
  # Printed as a whole, so that it does not mix with what the tests print.
  output=$(nice npm run --silent "$1" 2>&1) || { printf '\n%s\n' "$output" >&2; return 1; }
}

# With one processor, the linter takes a fifth less CPU time.
(export GOMAXPROCS=1; checked types && checked lint) &
checks=$!
code=0
vitest run "$@" || code=$?
wait "$checks" || { echo 'The types or the linter failed: see above.' >&2; code=1; }
exit "$code"
