#!/bin/sh
# Runs the services' tests and counts the lines of the services that they reach: coverage.sh [ARGUMENT…]
#
# Arguments go to cargo llvm-cov (--html for a page of every file). Left out are generated code, files of tests, and what
# measures and breaks the services rather than being one of them. Tests that stand in the file they test are counted.
set -eu
. "$(dirname "$0")/../setup/lib.sh"
cd "$(dirname "$0")/../.."
tools=$(tools_folder)
export PATH="$tools/bin:$PATH"
# Without optimisation every line is its own, and it is built sooner.
export CARGO_PROFILE_DEV_OPT_LEVEL=0
[ $# -gt 0 ] || set -- --summary-only
exec cargo llvm-cov --locked --workspace \
    --exclude shadow-web --exclude shadow-web-builder --exclude shadow-web-e2e --exclude shadow-bench --exclude shadow-chaos \
    --ignore-filename-regex '/(tests|gen|examples)/|tests\.rs$' \
    --fail-under-lines 80 "$@"
