# SPDX-License-Identifier: Apache-2.0
# Sourced by ./quickstart and ./run-tests: installs the Debian packages of packages.txt that are missing.
# When all are there it needs neither root nor the network.
#
# build_options: how build/, which they share, is configured: as a package is, for the system test installs what is built there.
# packages_install SET...: the sets as in packages.txt: build, test, style.

# shellcheck disable=SC2034 # for who sources this
build_options=(--enable-developer --prefix=/usr --sysconfdir=/etc --localstatedir=/var --runstatedir=/run)

packages_install() {
    local list package set missing=() sudo=()
    list=$(dirname "${BASH_SOURCE[0]}")/packages.txt
    while read -r package set _; do
        case $package in '' | '#'*) continue ;; esac
        case " $* " in *" $set "*) ;; *) continue ;; esac
        # Asked of dpkg, not of apt: quick, and a package that was removed but left its files is not "installed".
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done <"$list"
    [ ${#missing[@]} -gt 0 ] || return 0
    if ! command -v apt-get >/dev/null; then
        echo "Not a Debian system: install what stands for these packages, then run this again: ${missing[*]}" >&2
        return 1
    fi
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "Run as root (or install sudo) to install: ${missing[*]}" >&2
            return 1
        fi
        sudo=(sudo)
    fi
    echo "Installing: ${missing[*]}"
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q update </dev/null &&
        "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
            -o Dpkg::Use-Pty=0 install "${missing[@]}" </dev/null
}
