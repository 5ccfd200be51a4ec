#!/bin/sh
# Installs Debian packages as root: packages.sh PACKAGE…
#
# The packages of servers create and start servers of their own. Ours are private ones, so both is held back meanwhile,
# and a server that comes with this installation is not started at the next boot either.
set -eu

policy=/usr/sbin/policy-rc.d
cluster=/etc/postgresql-common/createcluster.d/shadow-analytics.conf
ours=$cluster
[ -e "$policy" ] || ours="$ours $policy"
# shellcheck disable=SC2086,SC2064 # a list of words, as it is now
trap "rm -f $ours" EXIT

mkdir -p "${cluster%/*}"
echo "create_main_cluster = false" >"$cluster"
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends "$@"

if [ -d /run/systemd/system ]; then
    for package; do
        case $package in
        postgresql | redis-server) systemctl disable "$package" || true ;;
        esac
    done
fi
