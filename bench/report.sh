#!/usr/bin/env bash
# How a report page of 100,000 requests compares with one of 1,000 in headless Chromium on this
# machine: until it is open, and until a finding of its list stands open. Prints ratios.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo test --release --locked --package candor-report --test browser -- --ignored --nocapture \
    a_large_case_against_a_small_one | grep -A3 '^100,000'
