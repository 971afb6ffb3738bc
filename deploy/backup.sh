#!/bin/sh
# Makes a dated backup of the store in a folder, checks it, and removes the oldest backups beyond KEEP.
#   STORE=sqlite:FILE sh backup.sh FOLDER [KEEP]
# A file named calendar-….db has passed the check. If a command fails, this removes no older backup, and exits with the
# same code (docs/commands.md): 3 if the check found a problem. The modification time of the empty file .NAME.backed-up,
# beside the store, tells the server when the last checked backup was made.
set -eu
umask 077
: "${STORE:?sqlite:FILE, the store}"
folder=${1:?the folder for the backups}
keep=${2:-14}
case $keep in '' | *[!0-9]* | 0*) echo "KEEP must be a whole number of 1 or more, and is $keep" >&2; exit 2 ;; esac
bin=$(cd "$(dirname "$0")/.." && pwd)/bin
calendar=$bin/photonranch-calendar.js
# The Node.js installed with the calendar, otherwise that of the machine.
node=$bin/node
[ -x "$node" ] || node=node

mkdir -p "$folder"
name=$folder/calendar-$(date -u +%Y-%m-%dT%H%M%SZ)
"$node" "$calendar" backup "$name.unchecked"
STORE=sqlite:$name.unchecked "$node" "$calendar" check || {
  code=$?
  echo "$name.unchecked did not pass its check and is no backup" >&2
  exit $code
}
mv "$name.unchecked" "$name.db"
store=$(readlink -f "${STORE#sqlite:}")
touch -r "$name.db" "$(dirname "$store")/.$(basename "$store").backed-up" || echo 'the time of this backup could not be recorded for the server' >&2

# The names sort by time. Other files are ignored.
ls "$folder" | grep -x 'calendar-[0-9T-]*Z\.db' | sort -r | tail -n "+$((keep + 1))" | while read -r old; do
  rm "$folder/$old"
  echo "removed $old"
done
# Removes incomplete and failed backups after 30 days.
find "$folder" -maxdepth 1 -type f -name 'calendar-*Z.unchecked*' -mtime +30 -delete
