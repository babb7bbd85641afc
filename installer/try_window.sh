# The window of an installed package, for try_in_chroot.sh, which reads this file: the first start and
# its samples, a full disk, crashes and what is told of them. Uses its `inside`, `say`, `fail`, $out.

# The window's X number, as soon as it is there; empty after a minute.
window() {
    for _ in $(seq 120); do
        if xdotool search --onlyvisible --name '^Loam$' 2> /dev/null | tail -n 1 | grep .; then
            return
        fi
        sleep 0.5
    done
}

gone() {
    for _ in $(seq 240); do
        xdotool search --onlyvisible --name 'Loam' > /dev/null 2>&1 || return 0
        sleep 0.5
    done
    fail "a window does not close"
}

see() {
    import -window root "$out/$1.png"
    say "Picture: $out/$1.png"
}

# `timeout` asks the window to close and says 124; it must have ended by itself then.
closed() {
    code=0
    wait "$1" || code=$?
    [ "$code" -eq 124 ] || { cat "$out/$2.txt"; fail "the window ended with $code"; }
    gone
}

first_start() {
    say "The first start, and reading the sample documents"
    over=$chroot/tmp/loam-first-over
    rm -f "$over"
    inside 'rm -rf ~/first
        loam --profile ~/first & window=$!
        for _ in $(seq 300); do [ -e /tmp/loam-first-over ] && break; sleep 1; done
        kill -TERM $window; wait $window' > "$out/first.txt" 2>&1 &
    running=$!
    shown=$(window)
    [ -n "$shown" ] || { cat "$out/first.txt"; fail "no window"; }
    sleep 5
    see first
    xdotool windowfocus "$shown"
    sleep 1
    xdotool key space
    sleep 2
    see first-reading
    # The window has the index to itself: nobody else can ask how far it is.
    sleep 45
    see first-read
    touch "$over"
    wait $running || { cat "$out/first.txt"; fail "the window ended with $?"; }
    gone
    read_now=$(inside "loam --profile ~/first collections files 'Sample documents'" || true)
    printf '%s\n' "$read_now" > "$out/first-files.txt"
    [ "$(grep -c ', ready$' "$out/first-files.txt")" -ge 5 ] \
        || { cat "$out/first-files.txt"; fail "the samples were not read"; }
}

full_disk() {
    say "A full disk: with data there, and on the first start"
    room=24m
    inside 'loam --profile ~/disk/old settings welcomed=true > /dev/null
        loam --profile ~/disk/old chats list > /dev/null
        cat /dev/zero > ~/disk/fill 2> /dev/null || true
        timeout 30 loam --profile ~/disk/old' > "$out/full.txt" 2>&1 &
    running=$!
    [ -n "$(window)" ] || { cat "$out/full.txt"; fail "no window on a full disk"; }
    sleep 6
    see full
    closed $running full
    inside 'cat /dev/zero > ~/disk/fill 2> /dev/null || true
        timeout 25 loam --profile ~/disk/new' > "$out/full-first.txt" 2>&1 &
    running=$!
    for _ in $(seq 60); do
        xdotool search --onlyvisible --name 'Loam$' > /dev/null 2>&1 && break
        sleep 0.5
    done
    sleep 4
    see full-first
    wait $running || true
    gone
    room=
}

crashes() {
    say "Crashes of a child and of the window"
    inside 'rm -rf ~/crash; loam --profile ~/crash settings welcomed=true > /dev/null
        loam --profile ~/crash & window=$!
        sleep 20
        for each in /proc/[0-9]*; do
            if tr "\0" " " < $each/cmdline | grep -q multiprocessing-fork; then
                ! grep -qa "LD_LIBRARY_PATH" $each/environ || echo "a child has LD_LIBRARY_PATH"
                kill -SEGV ${each#/proc/}
            fi
        done 2> /dev/null
        sleep 6
        kill -0 $window && echo "the window outlives its children"
        kill -SEGV $window
        wait $window || echo "the window ended with $?"
        # Long enough for the screen to be seen without it: the next one is there in half a second.
        sleep 8
        timeout 30 loam --profile ~/crash' > "$out/crash.txt" 2>&1 &
    running=$!
    [ -n "$(window)" ] || { cat "$out/crash.txt"; fail "no window"; }
    gone
    [ -n "$(window)" ] || { cat "$out/crash.txt"; fail "no window after a crash"; }
    sleep 6
    see crash
    closed $running crash
    grep -q 'outlives its children' "$out/crash.txt" || { cat "$out/crash.txt"; fail "a crash spreads"; }
    ! grep 'LD_LIBRARY_PATH' "$out/crash.txt" || fail "others would get the program's libraries"
    inside 'cat $(ls ~/crash/logs/crashes/crash-*.txt | grep -v -- -worker)' > "$out/crash-report.txt"
    inside 'cat ~/crash/logs/crashes/crash-*-worker.txt' > "$out/crash-children.txt"
    inside 'loam --profile ~/crash diagnostics' > "$out/diagnostics.txt" 2>&1
    for told in crash-report crash-children diagnostics; do
        grep -q 'Segmentation fault' "$out/$told.txt" || fail "no crash in $told.txt"
    done
    ! grep -w "$person" "$out/diagnostics.txt" || fail "diagnostics name the person"
}
