#!/usr/bin/env bash
# Compares whole commands that look for the same values in the same SDK traffic, on this machine:
# `candor audit`, ripgrep on bytes that are already decoded (a nearness to the limit: it peels
# nothing and knows no other form of a value), and Privacy Flow Inspector from PyPI. Prints ratios.
#
#   bench/audit.sh [--quick]
#
# MB is the size of the recording in million bytes, SEEDS how many values are looked for, ROUNDS how
# often; HAR_MB the clear text that Privacy Flow Inspector gets, whose time per byte grows with the
# file. WITHOUT_PEERS=1 leaves it out; PFI names one that is there already; CANDOR and TRAFFIC name
# programs that are built already. KEEP=FILE keeps the figures. Needs `rg` (ripgrep); nothing but
# pip's download leaves this machine. LEAKDETECTOR names a folder with a copy of LeakDetector.py (of
# the Leaky Forms study), which is then compared too; it prepares every form of every seed, so it
# gets no more than LEAKDETECTOR_SEEDS. LEAKDETECTOR_PYTHON is a Python that has what it imports.
set -euo pipefail
cd "$(dirname "$0")/.."

MB=${MB:-1000} SEEDS=${SEEDS:-1000} ROUNDS=${ROUNDS:-3} HAR_MB=${HAR_MB:-8}
LEAKDETECTOR_SEEDS=${LEAKDETECTOR_SEEDS:-10}
if [ "${1:-}" = --quick ]; then MB=20 ROUNDS=1 HAR_MB=2; fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
say() { echo "$*" >&2; }

command -v rg > /dev/null || { say "ripgrep is missing: apt-get install ripgrep"; exit 2; }
if [ -z "${CANDOR:-}" ] || [ -z "${TRAFFIC:-}" ]; then
    cargo build --release --locked -p candor -p candor-bench >&2
    target=${CARGO_TARGET_DIR:-target}
    CANDOR=$target/release/candor TRAFFIC=$target/release/traffic
fi
if [ -z "${WITHOUT_PEERS:-}" ] && [ -z "${PFI:-}" ]; then
    python3 -m venv "$work/venv"
    if "$work/venv/bin/pip" install --quiet --disable-pip-version-check privacy-flow-inspector >&2; then
        PFI=$work/venv/bin/privacy-flow-inspector
    else
        say "Privacy Flow Inspector could not be installed, so it is left out"
    fi
fi

say "making a recording of $MB MB"
"$TRAFFIC" make --out "$work/bench" --mb "$MB" --seeds "$SEEDS" --har-mb "$HAR_MB" >&2
bench=$work/bench seeds=$work/bench/case/runs/bench/seeds.toml
figure() { sed -nE "s/.*\"$1\":([0-9]+).*/\1/p" "$bench/figures.json"; }
clear=$(figure clear_bytes) small=$(figure har_clear_bytes) all=$(nproc)
cat "$bench"/clear/* "$bench"/case/runs/bench/*.warc > /dev/null # both are read from memory

# NAME BYTES COMMAND...: one measurement. candor's exit code tells a verdict, not a failure.
measure() {
    local name=$1 bytes=$2
    shift 2
    "$TRAFFIC" measure --name "$name" --bytes "$bytes" --into "$work/figures" -- "$@"
}

for round in $(seq "$ROUNDS"); do
    say "round $round of $ROUNDS"
    RAYON_NUM_THREADS=$all measure "candor audit, $all threads" "$clear" "$CANDOR" audit "$bench/case"
    RAYON_NUM_THREADS=1 measure "candor audit, 1 thread" "$clear" "$CANDOR" audit "$bench/case"
    # -a, since ripgrep else leaves a file at its first zero byte
    measure "rg -c -a -F -f, $all threads" "$clear" \
        rg -c -a -F -f "$bench/needles.txt" -j "$all" "$bench/clear"
    measure "rg -c -a -F -f, 1 thread" "$clear" \
        rg -c -a -F -f "$bench/needles.txt" -j 1 "$bench/clear"
    rm -rf "$work/small"
    measure "candor import of the HAR" "$small" \
        "$CANDOR" import "$bench/small.har" --case "$work/small" --seeds "$seeds"
    measure "candor audit of the HAR" "$small" "$CANDOR" audit "$work/small"
    if [ -n "${PFI:-}" ]; then
        measure "Privacy Flow Inspector on the HAR" "$small" \
            "$PFI" scan "$bench/small.har" --config "$bench/pfi.toml" --quiet --fail-on never
    fi
    if [ -n "${LEAKDETECTOR:-}" ]; then
        measure "LeakDetector on the HAR, $LEAKDETECTOR_SEEDS seeds" "$small" \
            "${LEAKDETECTOR_PYTHON:-python3}" bench/leakdetector.py "$LEAKDETECTOR" \
            "$bench/small.har" "$bench/needles.txt" "$LEAKDETECTOR_SEEDS"
    fi
    cp "$seeds" "$work/seeds.toml"
    for count in 10 10000; do
        "$TRAFFIC" seeds "$count" "$seeds"
        RAYON_NUM_THREADS=$all measure "candor audit, $all threads, $count seeds" "$clear" \
            "$CANDOR" audit "$bench/case"
    done
    cp "$work/seeds.toml" "$seeds"
done

[ -z "${KEEP:-}" ] || cp "$work/figures" "$KEEP"
say ""
echo "recording: $(figure exchanges) exchanges, $(figure case_bytes) bytes on disk," \
    "$clear in the clear; $SEEDS seeds unless said otherwise"
"$TRAFFIC" table "$work/figures" --base "rg -c -a -F -f, $all threads"
