#!/bin/sh
# Checks with strace that the server writes each 200 only after it has flushed the write-ahead log:
#   sh bench/trace.sh [REQUESTS]
# Needs strace, curl and a build in dist.
set -eu
cd "$(dirname "$0")/.."
many=${1:-20}
folder=$(mktemp -d)
port=${PORT:-18123}
key=$(node -p 'crypto.randomBytes(32).toString("hex")')
export PORT="$port" STORE="sqlite:$folder/calendar.db" LOG_LEVEL=error
# No request is sent to this issuer. The demo would not accept service keys.
export AUTH_ISSUER=https://issuer.invalid SERVICE_KEYS="trace:$key"

# strace is the parent of the server, which is stopped by its process id.
strace -f -yy -s 24 -o "$folder/trace" -e trace=read,readv,write,writev,sendmsg,fsync,fdatasync \
  node bin/photonranch-calendar.js serve &
strace=$!
server=
finish() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  wait "$strace" 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT INT TERM

base=http://127.0.0.1:$port
until curl -fs -m 1 "$base/health/ready" >/dev/null; do
  kill -0 "$strace" || exit 1
  sleep 0.2
done
server=$(cat "/proc/$strace/task/$strace/children")

day=1
while [ "$day" -le "$many" ]; do
  start=$(printf '203%d-01-%02dT04:00:00Z' $((day / 28)) $((day % 28 + 1)))
  status=$(curl -s -o /dev/null -w '%{http_code}' -H "X-Api-Key: $key" \
    -d "{\"event_id\":\"traced-$day\",\"site\":\"saf\",\"start\":\"$start\"}" "$base/dev/newevent")
  [ "$status" = 200 ] || { echo "newevent answered $status"; exit 1; }
  day=$((day + 1))
done
kill "$server"
wait "$strace" || true
server=

# There is one request at a time, so a flush between reading a request and writing its 200 belongs to that request.
# A flush in the thread pool may be on two lines, with what other threads do in between; the first field is the thread.
awk -v many="$many" '
  /read.*"POST \/dev\/newevent/ { asked++; synced = 0; waiting = 1 }
  /f(data)?sync\([0-9]+<[^>]*-wal>/ { begun[$1] = waiting ? asked : 0 }
  /f(data)?sync(\(| resumed).*= 0$/ { if (waiting && begun[$1] == asked) synced = 1; delete begun[$1] }
  /write.*"HTTP\/1\.1 200 OK/ { if (waiting) { answered++; if (synced) after++; waiting = 0 } }
  END {
    printf "%d requests read, %d answered with 200, %d of them after an fdatasync of the -wal file\n", asked, answered, after
    holds = asked == many && answered == many && after == many
    print holds ? "HOLDS: nothing is acknowledged before it is on the disk" : "BROKEN"
    exit !holds
  }' "$folder/trace"
