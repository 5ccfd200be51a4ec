#!/bin/sh
# Generates Python stubs from proto/, starts a stack of its own, and lets client.py publish, query and watch there. Then
# the examples do so while the stack is restarted.
set -eu
cd "$(dirname "$0")/../../.."
. deploy/setup/lib.sh

python="$(tools_folder)/python/bin/python"
[ -x "$python" ] || fail "the packages of the Python client are missing: run deploy/setup/install.sh test"
shadow=${SHADOW_PROGRAM:-}
if [ -z "$shadow" ]; then
    cargo build --quiet --locked -p shadow
    shadow=${CARGO_TARGET_DIR:-target}/debug/shadow
fi

folder=$(mktemp -d)
stack=
clean() {
    status=$?
    trap - EXIT INT TERM
    if [ -n "$stack" ]; then
        kill -TERM "$stack" 2>/dev/null || true
        wait "$stack" || true
    fi
    [ "$status" = 0 ] || cat "$folder/log" >&2 2>/dev/null || true
    rm -rf "$folder"
    exit "$status"
}
trap clean EXIT
trap 'exit 130' INT TERM
# As root, the servers run as somebody else, who passes through here.
chmod 711 "$folder"
mkdir "$folder/stubs"

find proto/shadow -name '*.proto' -print0 |
    xargs -0 "$python" -m grpc_tools.protoc -I proto --python_out="$folder/stubs" --grpc_python_out="$folder/stubs"

# Servers of its own, whatever the environment names.
unset DATABASE_URL REDIS_URL DATABASE_URL_FILE REDIS_URL_FILE
export SHADOW_DATA="$folder/data" SHADOW_PORT=0 SHADOW_LISTEN=127.0.0.1:0
start() {
    "$shadow" up --no-demo >"$folder/log" 2>&1 &
    stack=$!
    deadline=$(($(date +%s) + 60))
    until grep -q 'is ready' "$folder/log"; do
        kill -0 "$stack" 2>/dev/null || fail "the stack has ended"
        [ "$(date +%s)" -lt "$deadline" ] || fail "the stack is not ready after 60 s"
        sleep 0.2
    done
}
start

address=$(sed -n 's|.*"server": *"http://\([^"]*\)".*|\1|p' "$SHADOW_DATA/stack.json")
workspace=$("$shadow" workspace create --name "Python client")
token=$("$shadow" token --user operator@local)
key=$("$shadow" key create --name "Python client" --workspace "$workspace" --permission publish_events)
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$folder/stubs"
"$python" proto/tests/python/client.py \
    --address "$address" --token "$token" --key "$key" --workspace "$workspace"

# Waits until a file has so many lines, while a program that writes it is alive.
lines() {
    deadline=$(($(date +%s) + 60))
    until [ "$(wc -l <"$1")" -ge "$2" ]; do
        kill -0 "$3" 2>/dev/null || fail "an example has ended early"
        [ "$(date +%s)" -lt "$deadline" ] || fail "$1 has no $2 lines after 60 s"
        sleep 0.1
    done
}

count=20
workspace=$("$shadow" workspace create --name "Python examples")
export SHADOW_SERVER="http://$address" SHADOW_TOKEN="$token" SHADOW_LISTEN="$address"
timeout 120 "$python" proto/examples/python/watch.py "$workspace" "$count" >"$folder/watched" &
watch=$!
lines "$folder/watched" 1 "$watch"
timeout 120 "$python" proto/examples/python/publish.py "$workspace" "$count" >"$folder/published" &
publish=$!
lines "$folder/published" 5 "$publish"
kill -TERM "$stack"
wait "$stack" || true
start
wait "$publish" || fail "the example that publishes failed"
wait "$watch" || fail "the example that watches failed"
"$python" proto/tests/python/check_examples.py "$folder/published" "$folder/watched" "$count"
"$python" proto/examples/python/directory.py "$workspace" || fail "the example of a directory was refused"
"$python" proto/examples/python/directory.py "$workspace" --erase u-1 || fail "the example of an erasure was refused"
"$shadow" erasure list | grep -q "operator@local" || fail "the erasure is in no record"
