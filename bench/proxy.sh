#!/usr/bin/env bash
# Compares recording proxies in one run on this machine: none, candor, and mitmproxy from PyPI with
# bodies kept (its default), passed through unkept, and passed through and kept. Prints ratios.
#
#   bench/proxy.sh [--quick]
#
# All traffic stays on the loopback interface, except that pip fetches mitmproxy into a folder that
# is removed at the end. BYTES, SECONDS_EACH, ROUNDS and SCENARIOS change the size; WITHOUT_PEERS=1
# leaves mitmproxy out; MITMDUMP names one that is there already; PYTHON the interpreter for a new
# one (else the newest that is found); CANDOR and LOAD name programs that are built already.
set -euo pipefail
cd "$(dirname "$0")/.."

BYTES=${BYTES:-1073741824} SECONDS_EACH=${SECONDS_EACH:-5} ROUNDS=${ROUNDS:-3}
SCENARIOS=${SCENARIOS:-h1 h2 tls upload download}
if [ "${1:-}" = --quick ]; then BYTES=67108864 SECONDS_EACH=1 ROUNDS=1; fi

work=$(mktemp -d)
started=()
end_one() { # PID: ends a process that this script started, and waits for it
    kill -TERM "$1" 2>/dev/null || return 0
    for _ in $(seq 600); do kill -0 "$1" 2>/dev/null || break; sleep 0.05; done
    kill -KILL "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}
clean() {
    for pid in "${started[@]}"; do end_one "$pid"; done
    rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT TERM

say() { echo "$*" >&2; }

# The newest Python that makes virtual environments.
newest_python() {
    local found
    for found in "${PYTHON:-}" python3.1{9..0} "$HOME"/.pyenv/versions/3.*/bin/python3 python3; do
        [ -n "$found" ] && "$found" -c 'import sys, venv, ensurepip; print(*sys.version_info[:2], sys.executable)' 2>/dev/null || true
        if [ -n "${PYTHON:-}" ]; then break; fi
    done | sort -k1,1n -k2,2n | tail -n 1 | cut -d ' ' -f 3-
}

if [ -z "${CANDOR:-}" ] || [ -z "${LOAD:-}" ]; then
    cargo build --release --locked -p candor -p candor-bench >&2
    target=${CARGO_TARGET_DIR:-target}
    CANDOR=$target/release/candor LOAD=$target/release/load
fi

routes=("no proxy" "candor")
if [ -z "${WITHOUT_PEERS:-}" ]; then
    if [ -z "${MITMDUMP:-}" ]; then
        python=$(newest_python)
        [ -n "$python" ] || { say "no Python with venv: WITHOUT_PEERS=1 leaves mitmproxy out"; exit 2; }
        "$python" -m venv "$work/venv"
        "$work/venv/bin/pip" install --quiet --disable-pip-version-check mitmproxy >&2
        MITMDUMP=$work/venv/bin/mitmdump
    fi
    say "$("$MITMDUMP" --version | head -n 2 | paste -sd ' ')"
    routes+=("mitmproxy" "mitmproxy, streaming" "mitmproxy, streaming, bodies kept")
fi

# Waits until a pattern stands in a file; prints what sed makes of it.
await() { # FILE SED-SCRIPT PID
    local answer
    for _ in $(seq 1200); do
        answer=$(sed -nE "$2" "$1" 2>/dev/null | head -n 1)
        if [ -n "$answer" ]; then echo "$answer"; return 0; fi
        kill -0 "$3" 2>/dev/null || break
        sleep 0.05
    done
    say "did not start:"; cat "$1" >&2
    return 1
}

"$LOAD" origin --out "$work" > "$work/origin.log" &
started+=($!)
origin=$(await "$work/origin.log" 's/^(127\.0\.0\.1:[0-9]+)$/\1/p' $!)

# Starts the proxy of a route with an empty folder. Sets `pid`, and `way` for the load generator.
start() { # ROUTE
    local home=$work/run log=$work/proxy.log authority
    rm -rf "$home"
    mkdir "$home"
    : > "$log"
    way=(--origin "$origin" --trust "$work/origin.pem")
    case $1 in
        "no proxy") pid=; return ;;
        candor)
            XDG_DATA_HOME=$home "$CANDOR" record --case "$home/case" --mode regular@0 \
                --resolve "origin.example.org:${origin#*:}:127.0.0.1" --trust "$work/origin.pem" \
                < /dev/null 2> "$log" &
            pid=$!
            authority=$home/candor/candor.pem ;;
        *)
            local more=()
            case $1 in *streaming*) more+=(--set stream_large_bodies=1m) ;; esac
            case $1 in *kept) more+=(--set store_streamed_bodies=true) ;; esac
            "$MITMDUMP" --listen-host 127.0.0.1 --listen-port 0 --set "confdir=$home" \
                --set ssl_insecure=true --set flow_detail=0 -w "$home/flows" "${more[@]}" \
                < /dev/null > "$log" 2>&1 &
            pid=$!
            authority=$home/mitmproxy-ca-cert.pem
            way+=(--connect-by-address) ;;
    esac
    started+=("$pid")
    local address
    address=$(await "$log" 's/.*listening (on|at) .*(127\.0\.0\.1:[1-9][0-9]*).*/\2/p' "$pid")
    way+=(--proxy "$address" --trust "$authority" --pid "$pid")
}

# What a proxy has on disk once it has ended: bytes, and for candor requests.
kept() { # ROUTE
    case $1 in
        "no proxy") ;;
        candor) printf ',"kept_bytes":%d,"kept_requests":%d' \
            "$(cat "$work"/run/case/runs/*/*.warc | wc -c)" \
            "$(cat "$work"/run/case/runs/*/*.warc | grep -a -c '^WARC-Type: request')" ;;
        *) printf ',"kept_bytes":%d' "$(wc -c < "$work/run/flows")" ;;
    esac
}

# Columns in this order, whichever scenario comes first.
for round in $(seq "$ROUNDS"); do
    for scenario in $SCENARIOS; do
        for route in "${routes[@]}"; do
            say "round $round of $ROUNDS: $scenario, $route"
            start "$route"
            figures=$("$LOAD" run "${way[@]}" --scenario "$scenario" --name "$route" \
                --seconds "$SECONDS_EACH" --bytes "$BYTES")
            if [ -n "$pid" ]; then
                end_one "$pid"
                started=("${started[0]}")
            fi
            echo "${figures%\}}$(kept "$route")}" >> "$work/figures"
        done
    done
done

say ""
[ -z "${KEEP:-}" ] || cp "$work/figures" "$KEEP"
"$LOAD" table "$work/figures"
