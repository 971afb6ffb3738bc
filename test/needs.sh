#!/bin/sh
# What the tests need and npm does not bring: installed where that may be done, else named.
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

need java default-jre-headless 'a Java runtime, version 17 or newer, for DynamoDB Local'
need systemd-analyze systemd 'the command systemd-analyze, to check the units of deploy/systemd'
need curl curl 'the command curl, to follow docs/operating.md'
if [ -z "${CHROMIUM:-}" ] && ! command -v google-chrome >/dev/null 2>&1 && ! command -v chromium-browser >/dev/null 2>&1; then
  need chromium chromium 'Chromium, or the path of a browser like it in CHROMIUM, to look at the page'
fi
