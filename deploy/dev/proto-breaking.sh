#!/usr/bin/env bash
# Compares the protos with those of the main branch: proto-breaking.sh BUF...; FM_PROTO_BASE names another base.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
base=${FM_PROTO_BASE:-origin/main}
if ! git cat-file -e "$base:proto" 2>/dev/null; then
  echo "skipped: $base has no protos to compare with"
  exit
fi

baseline=$(mktemp -d)
trap 'rm -rf "$baseline"' EXIT
git archive "$base" proto buf.yaml | tar -x -C "$baseline"
"$@" breaking --against "$baseline"
