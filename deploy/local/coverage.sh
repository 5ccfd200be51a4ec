#!/bin/sh
# Runs the services' tests and counts the lines of the services that they reach: coverage.sh [ARGUMENT…]
#
# Arguments go to the report (--html for a page of every file). Left out are generated code, files of tests, and what
# measures and breaks the services rather than being one of them. Tests that stand in the file they test are counted.
set -eu
. "$(dirname "$0")/../setup/lib.sh"
cd "$(dirname "$0")/../.."
tools=$(tools_folder)
export PATH="$tools/bin:$PATH"
# Where cargo-llvm-cov builds by itself. It builds no examples, which some tests start; so the tests are run by hand.
CARGO_TARGET_DIR="$(realpath -m "${CARGO_TARGET_DIR:-target}")/llvm-cov-target"
export CARGO_TARGET_DIR
# With little optimisation every line is its own, and it is built sooner.
export CARGO_PROFILE_DEV_OPT_LEVEL=0
eval "$(cargo llvm-cov show-env --export-prefix)"
cargo llvm-cov clean --workspace
cargo test --locked --workspace --no-fail-fast \
    --exclude shadow-web --exclude shadow-web-builder --exclude shadow-web-e2e --exclude shadow-bench --exclude shadow-chaos
[ $# -gt 0 ] || set -- --summary-only
exec cargo llvm-cov report --ignore-filename-regex '/services/(bench|chaos)/|/web/(src|builder)/|/(tests|gen|examples)/|tests\.rs$' \
    --fail-under-lines 80 "$@"
