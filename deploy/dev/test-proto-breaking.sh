#!/usr/bin/env bash
# Tests which commit proto-breaking.sh compares with, in a small repository; `true` stands in for buf.
set -euo pipefail

script=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/proto-breaking.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
unset FM_PROTO_BASE

main() {
  mkdir -p "$work/repo/deploy/dev"
  cp "$script" "$work/repo/deploy/dev/"
  cd "$work/repo"
  git init --quiet --initial-branch main
  commit "nothing"
  expect "skipped: this clone holds no earlier commit"

  mkdir proto
  touch buf.yaml proto/a.proto
  commit "first protos"
  expect "skipped: the earlier commit $(git rev-parse HEAD^) has no protos"

  commit "second"
  expect "(first protos)"

  git checkout --quiet -b work
  commit "third"
  commit "fourth"
  expect "(second)"

  git branch --quiet --delete --force main
  expect "(third)"
  FM_PROTO_BASE=nowhere expect "error: nowhere, the base to compare protos with, is no commit here"
  echo "proto-breaking.sh compares with the right commits"
}

commit() {
  git add .
  git -c user.name=test -c user.email=test@example.org commit --quiet --allow-empty --message "$1"
}

# expect TEXT: the script says it.
expect() {
  local output
  output=$(deploy/dev/proto-breaking.sh true 2>&1) || true
  [[ $output == *"$1"* ]] || { printf '"%s" is not said:\n%s\n' "$1" "$output" >&2; exit 1; }
}

main
