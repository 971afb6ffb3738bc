#!/bin/sh
# Makes a dated backup of the store in a folder, checks it, and then removes the oldest beyond those to keep.
#   STORE=sqlite:FILE sh backup.sh FOLDER [KEEP]
# A file named calendar-….db has been checked. Where anything fails, no older backup is removed, and this exits as the
# command did that failed (docs/commands.md): with 3 where the check found a problem. When the last that has been checked
# was made, the server learns from an empty file beside the store, .NAME.backed-up.
set -eu
umask 077
: "${STORE:?sqlite:FILE, the store}"
folder=${1:?the folder for the backups}
keep=${2:-14}
case $keep in '' | *[!0-9]* | 0*) echo "KEEP must be a whole number of 1 or more, and is $keep" >&2; exit 2 ;; esac
bin=$(cd "$(dirname "$0")/.." && pwd)/bin
calendar=$bin/photonranch-calendar.js
# The Node.js that was installed with the calendar, or else the machine's.
node=$bin/node
[ -x "$node" ] || node=node

mkdir -p "$folder"
name=$folder/calendar-$(date -u +%Y-%m-%dT%H%M%SZ)
"$node" "$calendar" backup "$name.unchecked"
STORE=sqlite:$name.unchecked "$node" "$calendar" check || {
  code=$?
  echo "$name.unchecked has not passed its check, and is no backup" >&2
  exit $code
}
mv "$name.unchecked" "$name.db"
store=$(readlink -f "${STORE#sqlite:}")
touch -r "$name.db" "$(dirname "$store")/.$(basename "$store").backed-up" || echo 'the server cannot learn of this backup' >&2

# The names sort by time. Only names of ours are ever looked at.
ls "$folder" | grep -x 'calendar-[0-9T-]*Z\.db' | sort -r | tail -n "+$((keep + 1))" | while read -r old; do
  rm "$folder/$old"
  echo "removed $old"
done
# What a backup left behind that was broken off or did not pass, once nobody has looked at it for so long.
find "$folder" -maxdepth 1 -type f -name 'calendar-*Z.unchecked*' -mtime +30 -delete
