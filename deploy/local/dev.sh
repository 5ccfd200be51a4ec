#!/bin/sh
# Builds and starts the local stack, and does so again whenever a source file changes. Ctrl-C ends it.
set -u
cd "$(dirname "$0")/../.."

stack=
stop() {
    if [ -n "$stack" ]; then
        kill -TERM "$stack" 2>/dev/null
        wait "$stack"
    fi
    stack=
}
trap 'stop; exit 0' INT TERM

sources() {
    find Cargo.toml proto services gateway web migrations \
        \( -name node_modules -o -name dist \) -prune -o -type f -printf '%T@ %p\n' | sort | cksum
}

while true; do
    seen=$(sources)
    if make --no-print-directory build; then
        stop
        target/debug/shadow up &
        stack=$!
    fi
    while [ "$(sources)" = "$seen" ]; do
        sleep 1
    done
    echo "A file changed."
done
