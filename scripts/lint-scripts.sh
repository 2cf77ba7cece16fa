#!/bin/sh
# Checks the shell scripts: their syntax, and with shellcheck where it can be had. Notes of shellcheck that are mere hints
# (functions called without arguments, `$` in single quotes on purpose) are left out.
set -eu

cd "$(dirname -- "$0")/.."
scripts='.ci/run scripts/*.sh captures/make.sh Benchmarks/*.sh fixtures/probes/probe.cgi'
for script in $scripts; do
  sh -n "$script"
done
if command -v shellcheck >/dev/null 2>&1; then
  # shellcheck disable=SC2086
  shellcheck --shell=sh --severity=warning --external-sources $scripts
else
  echo 'lint: shellcheck is not installed; the scripts were checked for syntax only'
fi
