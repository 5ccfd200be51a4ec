#!/bin/sh
# Runs one section of the checks and says how long it took: section.sh NAME COMMAND…
set -u
name=$1
shift
start=$(date +%s)
printf '\n=== %s\n' "$name"
"$@"
status=$?
took=$(($(date +%s) - start))
if [ "$status" -eq 0 ]; then
    printf -- '--- %s: %s s\n' "$name" "$took"
else
    printf -- '--- %s: FAILED after %s s\n' "$name" "$took" >&2
fi
exit "$status"
