#!/bin/sh
# Installs what the tests need besides npm packages, if it may; otherwise names what is missing.
set -eu

# need COMMAND PACKAGE SENTENCE
need() {
  if command -v "$1" >/dev/null 2>&1; then return; fi
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -qq && apt-get install -y -qq --no-install-recommends "$2" >/dev/null
  else
    echo "The tests need $3; please install it (on Debian: apt-get install $2)." >&2
    exit 1
  fi
}

# any COMMAND... is there
any() {
  for command; do
    if command -v "$command" >/dev/null 2>&1; then return; fi
  done
  return 1
}

# An installed server would start to serve. The tests need its program only, so the package is unpacked into build/.
# unpacked COMMAND PACKAGE SENTENCE
unpacked() {
  if PATH=$PATH:/usr/sbin command -v "$1" >/dev/null 2>&1; then return; fi
  to=$(cd "$(dirname "$0")/.." && pwd)/build/unpacked
  if [ -e "$to/$2.unpacked" ]; then return; fi
  if command -v apt-get >/dev/null 2>&1 && command -v dpkg-deb >/dev/null 2>&1; then
    [ "$(id -u)" != 0 ] || apt-get update -qq
    archives=$(mktemp -d)
    if (cd "$archives" && apt-get download -qq -o APT::Sandbox::User=root "$2" >/dev/null) && mkdir -p "$to" && dpkg-deb -x "$archives"/*.deb "$to"; then
      rm -r "$archives"
      : > "$to/$2.unpacked"
      return
    fi
    rm -r "$archives"
  fi
  echo "The tests need $3; please install it (on Debian: apt-get install $2)." >&2
  exit 1
}

need java default-jre-headless 'a Java runtime, version 17 or newer, for DynamoDB Local'
need systemd-analyze systemd 'the command systemd-analyze, to check the units of deploy/systemd'
need systemd-socket-activate systemd 'the command systemd-socket-activate, to try its socket'
unpacked nginx nginx 'nginx 1.22 or newer, to try deploy/proxy'
unpacked caddy caddy 'Caddy 2.6 or newer, to try deploy/proxy'
unpacked promtool prometheus 'promtool 2.42 or newer, to try the alerts of deploy/prometheus'
need curl curl 'the command curl, to follow docs/operating.md'
if [ -z "${CHROMIUM:-}" ] && ! any chromium google-chrome chromium-browser; then
  need chromium-headless-shell chromium-headless-shell 'Chromium, or the path of a browser like it in CHROMIUM, to look at the page'
fi
