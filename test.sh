#!/usr/bin/env bash
# All tests, with whatever they need. `--quick` leaves out what needs more than the toolchain (the browser).
set -euo pipefail
cd "$(dirname "$0")"

quick=${1:-}

have() { command -v "$1" >/dev/null 2>&1; }
install() { # install PACKAGE...: through Debian's package manager, where we may
  if have apt-get && [ "$(id -u)" = 0 ]; then
    { apt-get install -y --no-install-recommends "$@" || { apt-get update && apt-get install -y --no-install-recommends "$@"; }; } >/dev/null 2>&1
  else
    return 1
  fi
}

have git || install git || { echo "tests need the git program: install it and run this again" >&2; exit 1; }
have cc || install gcc libc6-dev || { echo "the parsers are C code: install a C compiler and run this again" >&2; exit 1; }
if [ "$quick" != --quick ] && ! have chromium && ! have google-chrome && ! have chromium-browser; then
  install chromium || echo "note: no Chromium here and none could be installed; the tests of pages are left out" >&2
fi
if [ "$quick" != --quick ] && ! have chromedriver; then
  install chromium-driver || echo "note: no chromedriver here and none could be installed; journeys through the web app are left out" >&2
fi
# axe-core checks that pages can be used by everybody; it is fetched and never committed.
if [ "$quick" != --quick ] && [ ! -f target/axe/package/axe.min.js ]; then
  if have npm && mkdir -p target/axe && file=$(cd target/axe && npm pack --silent axe-core@4) && tar xzf "target/axe/$file" -C target/axe; then
    :
  else
    echo "note: axe-core could not be fetched with npm; its checks of pages are left out" >&2
  fi
fi

# Warnings are errors in what we write, not in what we use.
export RUSTFLAGS="${RUSTFLAGS:-}"
export INSTA_UPDATE=no
cargo test --workspace --locked
# The official client lists and calls everything that assistants are offered; it comes from npm, where that is there.
if [ "$quick" != --quick ]; then
  cargo build --workspace --locked
  crates/mcp/tests/official-client.sh "${CARGO_TARGET_DIR:-target}/debug/sightline"
  # Exports are held against the parsers, schemas and validators of their formats.
  crates/tell/tests/official-validators.sh "${CARGO_TARGET_DIR:-target}/debug/sightline"
fi
