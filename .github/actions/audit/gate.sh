#!/usr/bin/env bash
# Audits a case and writes its reports. Ends well whatever the verdicts are, and hands the audit's
# exit code on; ends with candor's own code where the audit could not be made.
#
# Reads CASE, CLAIMS, WAIVERS, BASELINE, ARGS, REPORTS; writes to GITHUB_OUTPUT and GITHUB_STEP_SUMMARY.
set -euo pipefail

read -r -a more <<< "${ARGS:-}"
claims=()
[ -z "${CLAIMS:-}" ] || claims=(--claims "$CLAIMS")
# The audit and the reports stand behind the same gate, so that all of them agree.
gate=()
[ -z "${WAIVERS:-}" ] || gate+=(--waivers "$WAIVERS")
[ -z "${BASELINE:-}" ] || gate+=(--baseline "$BASELINE")

code=0
candor audit "$CASE" ${claims[@]+"${claims[@]}"} ${gate[@]+"${gate[@]}"} ${more[@]+"${more[@]}"} || code=$?
case $code in
    0 | 1 | 3) ;;
    *) exit "$code" ;;
esac

mkdir -p "$REPORTS"
candor report "$CASE" --format sarif ${gate[@]+"${gate[@]}"} -o "$REPORTS/candor.sarif"
candor report "$CASE" --format junit ${gate[@]+"${gate[@]}"} -o "$REPORTS/candor.junit.xml"
candor report "$CASE" --format html -o "$REPORTS/candor.html"
candor report "$CASE" --format md ${gate[@]+"${gate[@]}"} >> "$GITHUB_STEP_SUMMARY"
# Code scanning shows every result as an alert, also one whose kind says that all is well, and one
# that is suppressed. What the baseline knows stays: it is no news there, but it is true.
jq '.runs[].results |= map(select(.kind == "fail" and ((.suppressions // []) | length) == 0))' "$REPORTS/candor.sarif" \
    > "$REPORTS/contradicted.sarif"
echo "exit-code=$code" >> "$GITHUB_OUTPUT"
