#!/bin/sh
# Generates Python stubs from proto/, starts a stack of its own, and lets client.py publish, query and watch there.
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
"$shadow" up --no-demo >"$folder/log" 2>&1 &
stack=$!
deadline=$(($(date +%s) + 60))
until grep -q 'is ready' "$folder/log"; do
    kill -0 "$stack" 2>/dev/null || fail "the stack has ended"
    [ "$(date +%s)" -lt "$deadline" ] || fail "the stack is not ready after 60 s"
    sleep 0.2
done

address=$(sed -n 's|.*"server": *"http://\([^"]*\)".*|\1|p' "$SHADOW_DATA/stack.json")
workspace=$("$shadow" workspace create --name "Python client")
token=$("$shadow" token --user operator@local)
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$folder/stubs" "$python" proto/tests/python/client.py \
    --address "$address" --token "$token" --workspace "$workspace"
