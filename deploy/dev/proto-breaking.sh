#!/usr/bin/env bash
# Compares the protos with those that main had before: proto-breaking.sh BUF...; FM_PROTO_BASE names another base.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."

main() {
  local base
  base=${FM_PROTO_BASE:-$(earlier_commit)}
  if [[ -z $base ]]; then
    echo "skipped: this clone holds no earlier commit to compare the protos with"
    return
  fi
  git rev-parse --quiet --verify "$base^{commit}" >/dev/null || fail "$base, the base to compare protos with, is no commit here"
  if ! git cat-file -e "$base:proto" 2>/dev/null; then
    echo "skipped: the earlier commit $base has no protos to compare with"
    return
  fi
  baseline=$(mktemp -d)
  trap 'rm -rf "$baseline"' EXIT
  git archive "$base" proto buf.yaml | tar -x -C "$baseline"
  echo "comparing the protos with those of $(git log -1 --format='%h (%s)' "$base")"
  "$@" breaking --against "$baseline"
}

# Prints the commit where this work left main; for a commit of main itself, the one before, if there is one.
earlier_commit() {
  local name base
  for name in origin/main main HEAD; do
    base=$(git merge-base HEAD "$name" 2>/dev/null) && break
  done
  if [[ $base != "$(git rev-parse HEAD)" ]]; then
    echo "$base"
  else
    git rev-parse --quiet --verify HEAD^ || true
  fi
}

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

main "$@"
