#!/bin/sh
# Prints the section of CHANGELOG.md for the version of a tag. Fails if package.json has another version, or if the section
# has no date.
#   sh release-notes.sh v1.0.0
set -eu
cd "$(dirname "$0")/.."
version=${1#v}
is=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' package.json)
if [ "$version" != "$is" ]; then
  echo "The tag is $1, and package.json says $is." >&2
  exit 1
fi
notes=$(awk -v version="$version" '
  /^## / { ours = index($0, "## [" version "] - ") == 1 && $0 ~ /[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]$/; next }
  /^\[.*\]: / { next }
  ours
' CHANGELOG.md)
if [ -z "$notes" ]; then
  echo "CHANGELOG.md has no section \"## [$version] - DATE\"." >&2
  exit 1
fi
printf '%s\n' "$notes"
