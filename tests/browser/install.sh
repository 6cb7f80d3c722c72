#!/usr/bin/env bash
# Browser tests drive the system's Chromium and need a Chinese font for their pictures.
# Installs both where it may; otherwise says loudly what is missing, and those tests are skipped.
set -uo pipefail

missing=()
command -v chromium >/dev/null || command -v chromium-browser >/dev/null ||
  command -v google-chrome >/dev/null || missing+=(chromium)
if ! command -v fc-list >/dev/null || [ -z "$(fc-list :lang=zh)" ]; then
  missing+=(fontconfig fonts-noto-cjk)
fi
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing for the browser tests: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  if apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; then
    exit 0
  fi
fi
cat >&2 <<MESSAGE
================================================================================
 BROWSER TESTS WILL BE SKIPPED OR INCOMPLETE. Missing here: ${missing[*]}
 Install them (Debian: sudo apt-get install ${missing[*]}) and repeat: make test
================================================================================
MESSAGE
exit 0
