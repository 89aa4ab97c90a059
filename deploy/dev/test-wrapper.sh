#!/usr/bin/env bash
# Tests ./faultmaven against a small server that stands in for the program; needs bash, curl and python3.
set -euo pipefail

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
app=$work/app
passed=0
failed=0
trap clean_up EXIT

main() {
  set_up
  local test
  for test in $(declare -F | awk '$3 ~ /^it_/ {print $3}'); do
    run "$test"
  done
  echo "$passed passed, $failed failed"
  ((failed == 0))
}

it_starts_once_and_stops() {
  expect 0 "FaultMaven is ready at http://localhost:$PORT" fm start
  expect_text "Created .env from .env.example" "the embedded analyst, which needs no model"
  expect 0 "already running at http://localhost:$PORT (pid " fm start
  expect 0 "FaultMaven is stopped." fm stop
  expect 0 "FaultMaven is not running." fm stop
}

it_works_from_any_directory_and_through_a_link() {
  ln -sf "$app/faultmaven" "$work/fm-link"
  cd /
  expect 0 "FaultMaven is ready" "$work/fm-link" start
  [[ -f $app/data/run/faultmaven.pid ]]
}

it_reports_health_while_running_and_settings_when_stopped() {
  expect 3 "FaultMaven is not running." fm status
  expect_text "sqlite" "embedded" "in memory"
  refute_text "Redis"
  REDIS_URL=redis://localhost expect 3 "Redis" fm status
  REDIS_URL=redis://localhost REDIS_MODE=off expect 3 "in memory" fm status
  fm start >/dev/null
  expect 0 "FaultMaven 9.9.9 is running (pid " fm status
  expect_text "healthy" "self-hosted" "data"
}

it_names_the_program_that_holds_the_port() {
  python3 -m http.server --bind 127.0.0.1 "$PORT" >/dev/null 2>&1 &
  local holder=$!
  wait_for_port
  expect 1 "port $PORT is in use by python" fm start
  expect_text "(pid $holder)" "PORT=$((PORT + 1)) ./faultmaven start"
  kill "$holder"
}

it_shows_why_the_program_crashed() {
  FAKE=crash expect 1 "FaultMaven stopped while starting (exit code 7)" fm start
  expect_text "Error: DATABASE_URL has no scheme" "for example sqlite:./x.db"
  refute_text "starting up" "stack backtrace" "line [0-9]"
  expect 3 "not running" fm status
}

it_says_when_the_program_does_not_get_ready() {
  FAKE=unready FAULTMAVEN_START_TIMEOUT=1 expect 1 "is not ready after 1 s" fm start
  expect 0 "not ready" fm status
}

it_says_when_it_had_to_kill() {
  FAKE=stubborn fm start >/dev/null
  FAULTMAVEN_STOP_TIMEOUT=1 expect 0 "had to be killed" fm stop
}

it_ignores_a_stale_process_id() {
  mkdir -p "$app/data/run"
  sleep 60 &
  local innocent=$!
  echo "$innocent" >"$app/data/run/faultmaven.pid"
  expect 3 "not running" fm status
  expect 0 "FaultMaven is ready" fm start
  expect 0 "stopped" fm stop
  kill "$innocent"
}

it_restarts_a_program_that_died() {
  fm start >/dev/null
  kill -KILL "$(cat "$app/data/run/faultmaven.pid")"
  expect 0 "FaultMaven is ready" fm restart
}

it_keeps_the_log_of_this_run_and_of_the_last() {
  expect 1 "there is no log yet" fm logs
  fm start >/dev/null
  expect 0 "starting up" fm logs -n 5
  fm restart >/dev/null
  [[ -f $app/data/run/faultmaven.log.1 ]]
  expect 1 "needs a number" fm logs -n many
}

it_reads_settings_from_the_env_file() {
  printf 'export DATA_DIR="elsewhere" # moved\nPORT=1\n' >"$app/.env"
  expect 0 "FaultMaven is ready" fm start
  [[ -f $app/elsewhere/run/faultmaven.pid ]]
}

it_finds_the_server_by_the_settings_file() {
  printf 'port = %s # moved\ndata_dir = "elsewhere"\n' "$PORT" >"$app/faultmaven.toml"
  local expected=$PORT mode
  unset PORT
  for mode in "" quiet; do
    FAKE=$mode expect 0 "FaultMaven is ready at http://localhost:$expected" fm start
    [[ -f $app/elsewhere/run/faultmaven.pid ]]
    expect 0 "http://localhost:$expected" fm status
    expect 0 "FaultMaven is stopped." fm stop
  done
}

it_finds_a_port_that_the_program_picked() {
  local format picked
  for format in human json; do
    export LOG_FORMAT=$format
    PORT=0 expect 0 "FaultMaven is ready at http://localhost:" fm start
    picked=$(cut -d : -f 2 "$app/data/run/faultmaven.address")
    expect_text "FaultMaven is ready at http://localhost:$picked"
    : >"$app/data/run/faultmaven.log"
    expect 0 "http://localhost:$picked" fm status
    expect 0 "is ready at http://localhost:$PORT" fm restart
    fm stop >/dev/null
    [[ ! -e $app/data/run/faultmaven.address ]]
  done
}

it_says_when_a_quiet_log_hides_the_port() {
  PORT=0 FAKE=quiet FAULTMAVEN_START_TIMEOUT=1 expect 1 "picked a port that its log does not tell" fm start
}

it_names_the_models_that_the_settings_choose() {
  expect 3 "model       embedded" fm status
  OPENAI_API_KEY=k ANTHROPIC_API_KEY=k expect 3 "model       openai, then embedded" fm status
  ANTHROPIC_API_KEY=k LLM_FALLBACK="ollama, embedded" expect 3 "anthropic, then ollama, then embedded" fm status
  OPENAI_API_KEY=k OFFLINE=true expect 3 "model       embedded" fm status
  OPENAI_API_KEY=k LLM_PROVIDER=embedded expect 3 "model       embedded" fm status
  printf 'llm_provider = "ollama"\nllm_fallback = ["openai"]\n' >"$app/faultmaven.toml"
  expect 3 "model       ollama, then openai, then embedded" fm status
}

it_says_who_answers() {
  expect 0 "To add a model, set LLM_PROVIDER and its key" fm start
  fm stop >/dev/null
  export FAKE_MODELS="openai (gpt-4.1), then embedded"
  expect 0 "Answers come from openai (gpt-4.1); when that fails, from the embedded analyst." fm start
  expect 0 "model       $FAKE_MODELS" fm status
}

it_warns_of_a_small_disk() {
  printf '#!/bin/sh\necho head\necho disk 1 1 1024 1 /\n' >"$work/bin/df"
  chmod +x "$work/bin/df"
  expect 0 "only 1 MB are free on the disk of $app/data/run" fm start
  fm stop >/dev/null
  DOCKER_CALLS=$work/calls DOCKER_IMAGE=1 expect 0 "only 1 MB are free on the disk of $app;" fm start
  rm "$work/bin/df"
}

it_says_which_setting_is_wrong() {
  PORT=http expect 1 'PORT is "http"' fm start
  DATA_DIR=/proc/none expect 1 "cannot write to DATA_DIR /proc/none (No such file or directory)" fm start
}

it_passes_paths_of_the_caller_to_backup_and_restore() {
  cd "$work"
  expect 0 "" fm backup my.backup
  [[ $(cat "$work/my.backup") == saved ]]
  expect 0 "restored $work/my.backup --force" fm restore my.backup --force
  expect 1 "cannot read $work/none" fm restore none
  expect 1 "restore needs the file" fm restore --force
}

it_deletes_only_after_a_typed_yes() {
  fm start >/dev/null
  expect 1 "stop it first" fm clean
  fm stop >/dev/null
  mkdir -p "$app/target/release"
  expect 1 "nothing was deleted" fm clean <<<no
  expect_text "$app/data" "$app/target"
  expect 1 "nothing was deleted" fm clean </dev/null
  expect 0 "Deleted." fm clean <<<yes
  [[ ! -e $app/data && ! -e $app/target && -e $app/faultmaven ]]
  expect 0 "nothing to delete" fm clean
}

it_never_deletes_what_holds_more_than_its_data() {
  DATA_DIR=$app expect 1 "holds the program itself" fm clean <<<yes
  DATA_DIR=/ expect 1 "DATA_DIR is /" fm clean <<<yes
  mkdir "$work/shared-target"
  CARGO_TARGET_DIR=$work/shared-target expect 0 "left alone" fm clean <<<yes
  [[ -d $work/shared-target ]]
}

it_says_how_to_install_cargo() {
  local tool tools=$work/tools
  mkdir "$tools"
  for tool in awk bash cat cp curl cut date df dirname grep head mkdir mv readlink rm sed sort tail tr; do
    ln -s "$(command -v "$tool")" "$tools/$tool"
  done
  FAULTMAVEN_BIN="" HOME=$work PATH=$tools expect 1 "https://sh.rustup.rs" fm start
}

it_uses_docker_when_asked_and_there() {
  expect 1 "no Docker engine answers" fm start --docker
  DOCKER_CALLS=$work/calls DOCKER_IMAGE=1 expect 0 "Using the image faultmaven:latest" fm start
  grep -q "up --detach --wait" "$work/calls"
  DOCKER_CALLS=$work/calls DOCKER_IMAGE=1 expect 0 "FaultMaven is ready" fm start --native
  expect 1 "does not know" fm start --dcoker
}

it_asks_docker_for_the_port() {
  echo "port = 1" >"$app/faultmaven.toml"
  export DOCKER_CALLS=$work/calls DOCKER_IMAGE=1
  PORT=0 DOCKER_PORT=0.0.0.0:4711 expect 0 "FaultMaven is ready at http://localhost:4711" fm start
  unset PORT
  expect 0 "FaultMaven is ready at http://localhost:8000" fm start
}

it_saves_and_brings_back_the_data_of_containers() {
  export DOCKER_CALLS=$work/calls DOCKER_IMAGE=1
  expect 0 "" fm backup "$work/from-docker"
  [[ $(cat "$work/from-docker") == "saved in a container" ]]
  expect 0 "" fm restore "$work/from-docker" --force
  grep -q -- 'run --rm --no-deps -T --entrypoint sh faultmaven -c cat .* sh --force' "$work/calls"
}

it_explains_itself() {
  expect 0 "Usage: ./faultmaven COMMAND" fm help
  expect 1 'unknown command "strat"' fm strat
  expect 1 'target/release/faultmaven analyze' fm analyze
}

# --- Harness ---

set_up() {
  mkdir -p "$work/bin"
  write_server
  write_docker
  PORT=$(free_port)
  export PORT FAULTMAVEN_BIN=$work/server PATH=$work/bin:$PATH FAULTMAVEN_START_TIMEOUT=15
  unset CARGO_TARGET_DIR DATABASE_URL DATA_DIR HOST LOG_FORMAT OFFLINE
  unset LLM_PROVIDER CHAT_PROVIDER LLM_FALLBACK OPENAI_API_KEY ANTHROPIC_API_KEY
}

# Runs one test in a subshell and a fresh copy of the product's folder.
run() {
  mkdir "$app"
  cp "$source_dir/faultmaven" "$source_dir/.env.example" "$app/"
  local text status
  set +e
  text=$(set -e; "$1" 2>&1)
  status=$?
  set -e
  if ((status == 0)); then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'FAILED %s\n%s\n' "$1" "$text" >&2
  fi
  FAULTMAVEN_STOP_TIMEOUT=1 fm stop >/dev/null 2>&1 || true
  rm -rf "$app"
}

fm() { "$app/faultmaven" "$@"; }

# expect STATUS TEXT COMMAND...: the command ends with the status and says the text.
expect() {
  local status=0
  output=$("${@:3}" 2>&1) || status=$?
  ((status == $1)) || complain "status is $status, not $1"
  expect_text "$2"
}

expect_text() {
  local text
  for text; do
    [[ $output == *"$text"* ]] || complain "\"$text\" is not said"
  done
}

refute_text() {
  local pattern
  for pattern; do
    [[ ! $output =~ $pattern ]] || complain "\"$pattern\" is said"
  done
}

complain() {
  printf '%s:\n%s\n' "$1" "$output"
  exit 1
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

wait_for_port() {
  until (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; do sleep 0.05; done
}

write_server() {
  cat >"$work/server" <<PYTHON
#!$(python3 -c 'import sys; print(sys.executable)')
import http.server, json, os, re, signal, sys

command, mode = sys.argv[1], os.environ.get("FAKE")
if command == "backup":
    open(sys.argv[3], "w").write("saved")
    sys.exit()
if command == "restore":
    sys.exit(print("restored", *sys.argv[2:]))
print("INFO starting up", flush=True)
if mode == "crash":
    sys.stderr.write("Error: DATABASE_URL has no scheme\n\nCaused by:\n    for example sqlite:./x.db\n\nStack backtrace:\n   0: main\n")
    sys.exit(7)
signal.signal(signal.SIGTERM, signal.SIG_IGN if mode == "stubborn" else lambda *_: os._exit(0))

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(503 if self.path == "/health/ready" and mode == "unready" else 200)
        self.end_headers()
        self.wfile.write(b'{"status":"healthy","version":"9.9.9","deploymentMode":"self-hosted","parts":[{"status":"odd"}]}')

    def log_message(self, *_):
        pass

def port():
    return os.environ.get("PORT") or re.search("port = ([0-9]+)", open("faultmaven.toml").read())[1]

def announce(address):
    models = os.environ.get("FAKE_MODELS", "embedded")
    if os.environ["LOG_FORMAT"] == "json":
        for fields in {"message": "ready", "address": address}, {"message": "models ready", "models": models}:
            print(json.dumps(fields | {"target": "faultmaven::commands::serve"}, separators=(",", ":")), flush=True)
    else:
        print(f'INFO faultmaven::commands::serve: ready at http://localhost:0 address={address} data_dir="d"', flush=True)
        print(f'INFO faultmaven::commands::serve: models ready: {models} models="{models}"', flush=True)

server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port())), Handler)
if mode != "quiet":
    announce("127.0.0.1:%d" % server.server_address[1])
server.serve_forever()
PYTHON
  chmod +x "$work/server"
}

# An engine answers only in a test that names a file for the calls; no container ever runs.
write_docker() {
  cat >"$work/bin/docker" <<'SHELL'
#!/usr/bin/env bash
[[ -n ${DOCKER_CALLS:-} ]] || exit 1
echo "$*" >>"$DOCKER_CALLS"
[[ $* != *" backup "* ]] || echo "saved in a container"
[[ $* != *" port "* ]] || echo "${DOCKER_PORT:-}"
[[ $1 != image || -n ${DOCKER_IMAGE:-} ]]
SHELL
  chmod +x "$work/bin/docker"
}

clean_up() {
  FAULTMAVEN_STOP_TIMEOUT=1 fm stop >/dev/null 2>&1 || true
  rm -rf "$work"
}

main
