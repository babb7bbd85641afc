#!/bin/sh
# Makes sure that Debian's libraries for Qt and the compiler are there. As root it installs what is
# missing; anybody else gets the one line to paste. On other systems it does nothing.
set -eu
command -v dpkg-query >/dev/null 2>&1 || exit 0
list=$(dirname "$0")/debian-packages.txt
missing=
while read -r package; do
    state=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
    case "$state" in *" installed") ;; *) missing="$missing $package" ;; esac
done < "$list"
# A Python that did not come from Debian brings its own venv.
if "${PYTHON:-python3}" -c 'import ensurepip' >/dev/null 2>&1; then
    missing=$(printf '%s' "$missing" | sed 's/ python3-venv//')
fi
[ -n "$missing" ] || exit 0
if [ "$(id -u)" -eq 0 ]; then
    apt-get update -q
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
else
    echo "Some system libraries are missing. Paste this line, then run make again:"
    echo "  sudo apt-get install -y$missing"
    exit 1
fi
