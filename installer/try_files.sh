#!/bin/sh
# Looks at a package without installing it: menu entry, description for software centres, manual page,
# Debian's rules, the setup program for Windows with a placeholder, the kernels for older processors.
#     sh installer/try_files.sh dist/loam_VERSION_amd64.deb [PYTHON]
# PYTHON: of the environment that was packed. Needs desktop-file-utils, appstream, lintian, nsis and
# qemu-user; all of them, so that nothing is passed over in silence.
set -eu
cd "$(dirname "$0")/.."
package=$(realpath "$1")
python=${2:-build/package/venv/bin/python}
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
say() { printf '%s\n' "== $*"; }

dpkg-deb -x "$package" "$tree"
share=$tree/usr/share
say "Menu entry"
desktop-file-validate "$share/applications/loam.desktop"
say "Description"
appstreamcli validate --no-net "$share/metainfo/loam.metainfo.xml"
say "Manual page"
complaints=$(MANROFFSEQ='' LC_ALL=C.UTF-8 man --warnings -l "$share/man/man1/loam.1.gz" 2>&1 > /dev/null)
[ -z "$complaints" ] || { echo "$complaints"; exit 1; }
say "Debian's rules"
lintian --fail-on error,warning "$package"
say "Setup program for Windows, with a placeholder"
mkdir -p "$tree/bundle/_internal"
echo placeholder > "$tree/bundle/loam.exe"
echo placeholder > "$tree/bundle/_internal/placeholder.txt"
version=$(dpkg-deb -f "$package" Version)
makensis -V2 -WX "-DVERSION=$version" "-DBUNDLE=$tree/bundle" "-DOUT=$tree/loam-$version-setup.exe" \
    installer/windows/loam.nsi
for processor in Nehalem SandyBridge Haswell; do
    say "On an emulated $processor"
    qemu-x86_64 -cpu $processor "$python" installer/try_old_cpu.py "$tree"
done
say "All is well"
