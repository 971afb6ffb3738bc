#!/bin/sh
# What the tests need and npm does not bring: installed where that may be done, else named.
set -eu
if ! command -v java >/dev/null 2>&1; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -qq && apt-get install -y -qq --no-install-recommends default-jre-headless >/dev/null
  else
    echo 'The tests need a Java runtime, version 17 or newer, for DynamoDB Local; please install one (on Debian: apt-get install default-jre-headless).' >&2
    exit 1
  fi
fi
