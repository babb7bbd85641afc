#!/bin/sh
# Installs a package in a clean Debian 12 and uses it there as somebody without rights or a network:
# a cited answer in the terminal, training, the window, its picture, removal. Run as root:
#     sh installer/try_in_chroot.sh dist/loam_VERSION_amd64.deb [CHROOT [OLDER]]
# CHROOT is made with debootstrap when it is not there. OLDER: a package that is installed and used
# first, so that the upgrade is tried as well; it is given a lower version number. Needs debootstrap,
# util-linux, Xvfb, xdotool and ImageMagick's `import`. What happened is in build/package/trial/.
set -eu
package=$(realpath "$1")
chroot=$(realpath -m "${2:-build/package/chroot}")
out=$(realpath -m build/package/trial)
older=${3:-}
person=ann
room=  # of a small disk below the person's folder, where one is wanted
. "$(dirname "$0")/try_window.sh"
mkdir -p "$out"

say() { printf '%s\n' "== $*"; }
fail() { say "FAILED: $*"; exit 1; }

# In a network and processes of its own; what is mounted goes with it.
inside() {
    unshare --mount --net --pid --fork --kill-child sh -eu -c '
        mount --make-rprivate /
        mount -t proc proc "$1/proc"
        mount -t tmpfs tmpfs "$1/dev"
        for node in null zero random urandom tty; do
            touch "$1/dev/$node"
            mount --bind "/dev/$node" "$1/dev/$node"
        done
        mkdir -m 1777 "$1/dev/shm"
        mkdir -p "$1/tmp/.X11-unix"
        if [ -d /tmp/.X11-unix ]; then mount --bind /tmp/.X11-unix "$1/tmp/.X11-unix"; fi
        if [ -n "$4" ]; then
            mkdir -p "$1/home/$2/disk"
            mount -t tmpfs -o "size=$4,mode=1777" tmpfs "$1/home/$2/disk"
        fi
        exec chroot --userspec="$2:$2" "$1" env -i HOME="/home/$2" LANG=C.UTF-8 \
            PATH=/usr/bin:/bin DISPLAY="${DISPLAY_INSIDE:-}" sh -eu -c "cd; $3"
    ' sh "$chroot" "$person" "$1" "$room"
}

if [ ! -x "$chroot/usr/bin/apt-get" ]; then
    say "Making a clean Debian 12 in $chroot"
    debootstrap --variant=minbase bookworm "$chroot" > "$out/debootstrap.log"
fi
for tool in python3 gcc; do
    [ ! -e "$chroot/usr/bin/$tool" ] || fail "the system is not clean: it has $tool"
done
[ -e "$chroot/dev/null" ] || mknod -m 666 "$chroot/dev/null" c 1 3

install_package() {
    cp "$1" "$chroot/tmp/loam.deb"
    DEBIAN_FRONTEND=noninteractive chroot "$chroot" apt-get install -q -y --reinstall \
        --no-install-recommends /tmp/loam.deb >> "$out/apt.log" 2>&1 \
        || { tail "$out/apt.log"; fail "apt could not install it"; }
    rm "$chroot/tmp/loam.deb"
}

chroot "$chroot" apt-get update -q > "$out/apt.log" 2>&1
# What an earlier trial left.
chroot "$chroot" apt-get purge -q -y loam >> "$out/apt.log" 2>&1 || true
samples=/usr/lib/loam/_internal/resources/samples
chroot "$chroot" id "$person" > /dev/null 2>&1 || chroot "$chroot" useradd -m "$person"
if [ -n "$older" ]; then
    say "An older package, and a person's data made with it"
    unpacked=$(mktemp -d)
    dpkg-deb -R "$older" "$unpacked"
    sed -i 's/^Version: /&0.0~/' "$unpacked/DEBIAN/control"
    dpkg-deb --root-owner-group -Znone --build "$unpacked" "$out/older.deb" > /dev/null
    rm -r "$unpacked"
    install_package "$out/older.deb"
    rm "$out/older.deb"
    rm -rf "$chroot/home/$person/.local/share/loam"
    inside "loam settings passages=5 > /dev/null"
    inside "loam collections add Garden $samples/member-handbook.pdf" > "$out/older.txt" 2>&1 \
        || { cat "$out/older.txt"; fail "the older package does not read"; }
fi

say "Installing"
install_package "$package"
[ ! -e "$chroot/usr/bin/python3" ] || fail "it draws in Python"
if [ -n "$older" ]; then
    say "What the older package left"
    version=$(dpkg-deb -f "$package" Version)
    [ "$(chroot "$chroot" dpkg-query -W -f '${Version}' loam)" = "$version" ] || fail "no upgrade"
    inside "loam settings" | grep -q '^passages=5 ' || fail "settings are gone"
    inside "loam search 'membership fee' --collection Garden --json" > "$out/kept.txt" 2>&1 \
        || { cat "$out/kept.txt"; fail "the collection is gone"; }
    grep -q '35 euros' "$out/kept.txt" || { cat "$out/kept.txt"; fail "its passages are gone"; }
fi

say "In the terminal, without a network"
inside 'loam --version'
[ "$(inside 'wc -l < /proc/net/route')" -le 1 ] || fail "there is a network"
inside 'loam doctor' > "$out/doctor.txt" 2>&1 || fail "doctor: $(tail -n 3 "$out/doctor.txt")"
inside "loam ask 'How much is the membership fee?' --docs $samples/member-handbook.pdf \
    $samples/volunteer-guide.docx $samples/workshops.md" > "$out/answer.txt" 2>&1 \
    || { cat "$out/answer.txt"; fail "no answer"; }
cat "$out/answer.txt"
grep -q '35 euros' "$out/answer.txt" || fail "the answer is not from the document"
grep -q '\[1\] ' "$out/answer.txt" || fail "the answer cites nothing"
libraries=$chroot/usr/lib/loam/_internal/llama_cpp/lib
for name in mtmd ggml-rpc ggml-cpu-x64 ggml-cpu-haswell; do
    [ -e "$libraries/lib$name.so" ] || fail "llama.cpp lacks lib$name.so"
done

say "Twenty steps of training"
model=/usr/lib/loam/_internal/models/SmolLM2-135M-Instruct-Q8_0.gguf
examples=/usr/lib/loam/_internal/resources/examples/plain-words.jsonl
inside "loam finetune --model $model --data $examples --steps 20 --context 128 --out ~/plain.gguf" \
    > "$out/training.txt" 2>&1 || { tail -n 5 "$out/training.txt"; fail "no training"; }
tail -n 2 "$out/training.txt"

say "The window"
display=:97
Xvfb $display -screen 0 1280x800x24 -ac -nolisten tcp > "$out/xvfb.log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
sleep 2
DISPLAY=$display
DISPLAY_INSIDE=$display
export DISPLAY DISPLAY_INSIDE
inside 'timeout 40 loam' > "$out/window.txt" 2>&1 &
running=$!
[ -n "$(window)" ] || { cat "$out/window.txt"; fail "no window"; }
sleep 15
see window
closed $running window
first_start
full_disk
crashes

say "Removal"
chroot "$chroot" apt-get purge -q -y loam > "$out/purge.log" 2>&1 || fail "purge"
grep 'stay in' "$out/purge.log" || fail "removal does not say where the data is"
[ ! -e "$chroot/usr/lib/loam" ] || fail "files are left: $(find "$chroot/usr/lib/loam" | head -n 3)"
[ -d "$chroot/home/$person/.local/share/loam" ] || fail "the person's data is gone"
say "All is well"
