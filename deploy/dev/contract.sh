#!/usr/bin/env bash
# Lints gateway/openapi.json, then lets schemathesis call a running server by it: contract.sh [SECONDS]
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
seconds=${1:-75}
tools=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/faultmaven/contract
directory=$(mktemp -d)
server=
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

main() {
  local token
  need_tools
  "$tools/venv/bin/openapi-spec-validator" gateway/openapi.json
  "$tools/node_modules/.bin/redocly" lint --config deploy/dev/redocly.yaml gateway/openapi.json
  # The targets of the tests, so that nothing is built again with other features.
  cargo build --workspace --bins --tests
  start
  token=$(register)
  call "$token" $((seconds * 4 / 5)) --phases examples,coverage,fuzzing
  # Within a sequence a call meets what others left, and the tool takes valid calls for broken ones.
  call "$token" $((seconds / 5)) --phases stateful \
    --exclude-checks positive_data_acceptance,negative_data_rejection
}

# Calls every operation for so many seconds: call TOKEN SECONDS [OPTION...]
call() {
  local token=$1 limit=$2
  shift 2
  # Signing out or changing the password would end the sign-in of all calls that follow.
  "$tools/venv/bin/schemathesis" --config-file deploy/dev/schemathesis.toml run gateway/openapi.json \
    --url "http://127.0.0.1:$port" --header "Authorization: Bearer $token" --max-time "$limit" \
    ${CI:+--seed 1} --exclude-path-regex '/auth/(logout|password|oauth/revoke)$' "$@"
}

need_tools() {
  if [[ ! -x $tools/venv/bin/schemathesis ]]; then
    python3 -m venv "$tools/venv"
    "$tools/venv/bin/pip" install --quiet schemathesis==4.32.5 openapi-spec-validator==0.9.0
  fi
  [[ -x $tools/node_modules/.bin/redocly ]] ||
    npm install --prefix "$tools" --no-audit --no-fund --silent @redocly/cli@2.77.0
}

# Starts the program on a free port and an empty data directory.
start() {
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  DATA_DIR=$directory PORT=$port LOG_LEVEL=WARN RATE_LIMIT_ENABLED=false \
    "${CARGO_TARGET_DIR:-target}/debug/faultmaven" serve >"$directory/log" 2>&1 &
  server=$!
  curl --silent --show-error --fail --retry 60 --retry-delay 1 --retry-all-errors --output /dev/null \
    "http://127.0.0.1:$port/health/ready" 2>/dev/null || { cat "$directory/log" >&2; return 1; }
}

# Creates the first account and prints its token.
register() {
  curl --silent --show-error --fail "http://127.0.0.1:$port/api/v1/auth/register" \
    --header 'Content-Type: application/json' \
    --data '{"username":"ada","email":"ada@example.org","password":"choose a long one"}' |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])'
}

stop() {
  if [[ -n $server ]] && kill "$server" 2>/dev/null; then wait "$server" || true; fi
  rm -rf "$directory"
}

main
