# `just` lists the recipes, `just ci` runs everything that CI runs.

set shell := ["bash", "-euo", "pipefail", "-c"]

buf := "npx --yes @bufbuild/buf@1.75.0"
scripts := "faultmaven .ci/run deploy/*.sh deploy/dev/*.sh"
chart := "helm/faultmaven"
if_installed := "deploy/dev/if-installed.sh"

[private]
default:
    @just --list --unsorted

# Everything that CI runs
ci: lint deny test-shell proto helm check-image dashboard test contract test-split test-pg test-split-pg

# Format the Rust code
fmt:
    cargo fmt --all

# Formatting, unused dependencies, clippy, documentation, shell scripts
lint:
    cargo fmt --all --check
    {{ if_installed }} cargo-shear --locked
    cargo clippy --workspace --all-targets --locked -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked
    shellcheck {{ scripts }}

# All tests, modules in one process, on SQLite
test *args:
    FM_TEST_PLACEMENT=local cargo nextest run --workspace {{ args }}

# The tests beside the code alone
test-unit *args:
    cargo nextest run --workspace --filterset 'not binary(it)' {{ args }}

# The integration tests alone; --workspace keeps the features of `test`, so nothing is rebuilt
test-local *args:
    FM_TEST_PLACEMENT=local cargo nextest run --workspace --test it {{ args }}

# The tests of the commands (cli) know no placement and no other database than theirs: they run in `test` alone.

# The integration tests, every module on its own port
test-split *args:
    FM_TEST_PLACEMENT=split cargo nextest run --workspace --test it {{ args }} -- --skip cli::

# The tests of the modules and the integration tests on PostgreSQL
test-pg *args:
    FM_TEST_PLACEMENT=local deploy/dev/with-postgres.sh cargo nextest run --workspace --lib --test it {{ args }} -- --skip cli::

# The integration tests on PostgreSQL, every module on its own port
test-split-pg *args:
    FM_TEST_PLACEMENT=split deploy/dev/with-postgres.sh cargo nextest run --workspace --test it {{ args }} -- --skip cli::

# Lint the OpenAPI document, then let schemathesis call a running server by it
contract seconds="75":
    deploy/dev/contract.sh {{ seconds }}

# The tests of ./faultmaven and of the comparison of protos
test-shell:
    deploy/dev/test-wrapper.sh
    deploy/dev/test-proto-breaking.sh

# Lint the protos and compare them with those that main had before
proto:
    {{ buf }} lint
    deploy/dev/proto-breaking.sh {{ buf }}

# Licences, advisories, bans and sources of the dependencies
deny:
    #!/usr/bin/env bash
    set -euo pipefail
    {{ if_installed }} cargo-deny check bans licenses sources
    if GIT_TERMINAL_PROMPT=0 timeout 20 git ls-remote -q https://github.com/RustSec/advisory-db HEAD &>/dev/null; then
        {{ if_installed }} cargo-deny check advisories
    else
        echo "skipped: advisories, because github.com cannot be reached"
    fi

# Let every fuzz target, or those named, look for faults for some seconds; needs no nightly compiler
fuzz seconds="60" *targets:
    #!/usr/bin/env bash
    set -euo pipefail
    command -v cargo-fuzz >/dev/null || { echo "cargo-fuzz is missing; install it: cargo install cargo-fuzz --locked" >&2; exit 1; }
    export RUSTC_BOOTSTRAP=1
    targets="{{ targets }}"
    for target in ${targets:-$(cargo fuzz list)}; do
        found=target/fuzz/corpus/$target
        mkdir -p "$found"
        cargo fuzz run --sanitizer none --target-dir target/fuzz "$target" "$found" "fuzz/corpus/$target" -- \
            -max_total_time={{ seconds }} -timeout=10 -rss_limit_mb=1024 -max_len=16384
    done

# Load, start, memory, engine and transport, each beside a baseline of the same run
bench *args:
    @command -v wrk >/dev/null || { echo "wrk is missing; install it: apt-get install wrk" >&2; exit 1; }
    [ -x target/bench-python/bin/python ] || { python3 -m venv target/bench-python && target/bench-python/bin/pip install --quiet drain3==0.9.11; }
    BENCH_PYTHON="$PWD/target/bench-python/bin/python" cargo bench --workspace --bench '*' {{ args }}

# Build and test the dashboard
dashboard:
    #!/usr/bin/env bash
    set -euo pipefail
    [[ -f dashboard/package.json ]] || { echo "skipped: there is no dashboard/package.json"; exit; }
    cd dashboard
    npm ci --no-audit --no-fund
    npm run lint --if-present
    npm test --if-present
    npm run build

# Check the Kubernetes manifests and the chart's values; lint the chart, render it and check the result
helm:
    #!/usr/bin/env bash
    set -euo pipefail
    {{ if_installed }} kubernetes-validate --strict deploy/kubernetes/[!k]*.yaml
    {{ if_installed }} check-jsonschema --schemafile {{ chart }}/values.schema.json {{ chart }}/values.yaml
    {{ if_installed }} helm lint --strict {{ chart }}
    mkdir -p target/chart
    for values in values.yaml ci/team.yaml; do
        rendered=target/chart/$(basename "$values")
        {{ if_installed }} helm template faultmaven {{ chart }} --values {{ chart }}/$values >"$rendered"
        {{ if_installed }} kubernetes-validate --strict "$rendered"
    done

# Lint the Dockerfile and the Compose files; build the image where a Docker engine answers
check-image:
    #!/usr/bin/env bash
    set -euo pipefail
    {{ if_installed }} hadolint deploy/Dockerfile
    {{ if_installed }} check-jsonschema --builtin-schema vendor.compose-spec deploy/compose*.yml
    if docker info &>/dev/null; then
        just image
    else
        echo "skipped: no Docker engine answers, so the image is not built"
    fi

# Build the container image
image tag="faultmaven:latest":
    docker build --file deploy/Dockerfile --tag {{ tag }} .

# Push the image and the chart of a version, such as 1.2.3
publish version registry="ghcr.io/faultmaven": (image registry + "/faultmaven:" + version)
    docker push {{ registry }}/faultmaven:{{ version }}
    mkdir -p target/chart
    helm package {{ chart }} --version {{ version }} --app-version {{ version }} --destination target/chart
    helm push target/chart/faultmaven-{{ version }}.tgz oci://{{ registry }}/charts
