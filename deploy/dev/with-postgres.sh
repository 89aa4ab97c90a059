#!/usr/bin/env bash
# Runs a command with FM_TEST_DATABASE_URL pointing at a throw-away PostgreSQL server: with-postgres.sh COMMAND...
set -euo pipefail

(($#)) || { echo "usage: $0 COMMAND..." >&2; exit 2; }

directory=$(mktemp -d)
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

main() {
  local port
  chmod 755 "$directory"
  if ((EUID == 0)); then chown postgres "$directory"; fi
  postgres initdb --pgdata "$directory/data" --username faultmaven --auth trust --no-sync --encoding UTF8 --locale C >/dev/null
  port=$(start)
  FM_TEST_DATABASE_URL=postgres://faultmaven@127.0.0.1:$port/postgres "$@"
}

# Starts the server on a free port below the ephemeral range and prints the port.
start() {
  local port
  for _ in {1..20}; do
    port=$((20000 + RANDOM % 10000))
    if postgres pg_ctl start --wait --silent --pgdata "$directory/data" --log "$directory/log" --options "$(options "$port")" >&2; then
      echo "$port"
      return
    fi
  done
  cat "$directory/log" >&2
  return 1
}

# Nothing outlives the test, so nothing waits for the disk.
options() {
  echo "-p $1 -k '$directory' -c listen_addresses=127.0.0.1 -c max_connections=300" \
    "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
}

stop() {
  postgres pg_ctl stop --mode immediate --silent --pgdata "$directory/data" >/dev/null 2>&1 || true
  rm -rf "$directory"
}

# Runs a PostgreSQL program, as the user postgres when root, whom the server refuses.
postgres() {
  local program
  program=$(bin_directory)/$1
  shift
  cd "$directory"
  if ((EUID == 0)); then runuser -u postgres -- "$program" "$@"; else "$program" "$@"; fi
  cd - >/dev/null
}

# Debian keeps the server's programs off the PATH, one directory for each version.
bin_directory() {
  if command -v initdb >/dev/null; then
    dirname "$(command -v initdb)"
  else
    find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin | sort -V | tail -n 1
  fi
}

main "$@"
