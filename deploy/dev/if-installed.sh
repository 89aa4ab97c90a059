#!/usr/bin/env bash
# Runs a program that is only used for checking; without it the check is skipped, but in CI it fails: if-installed.sh PROGRAM...
set -euo pipefail

if command -v "$1" >/dev/null; then exec "$@"; fi
if [[ -n ${CI:-} ]]; then
  echo "error: $1 is not installed; ./faultmaven test installs it" >&2
  exit 1
fi
echo "skipped: $1 is not installed; ./faultmaven test installs it" >&2
