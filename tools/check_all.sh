#!/usr/bin/env bash
# `make check`: runs every check, also after one has failed, and says at the end which did.
set -uo pipefail
BIN="${BIN:-.venv/bin}"
export PYTHONWARNINGS="${PYTHONWARNINGS:-ignore:pkg_resources is deprecated:UserWarning}"
failed=()

check() {
    local name=$1
    shift
    echo "== $name"
    "$@" || failed+=("$name")
}

check "style" "$BIN/ruff" check .
check "types" "$BIN/mypy"
check "import rules" "$BIN/python" -m tools.import_rules
check "pending migration" "$BIN/courtwatch" check-migrations
check "translations" "$BIN/python" -m tools.i18n check
check "documents" "$BIN/python" -m tools.check_docs
echo "== length of modules (advice)"
"$BIN/python" -m tools.long_modules

if [ ${#failed[@]} -gt 0 ]; then
    printf 'failed: %s\n' "${failed[@]}" >&2
    exit 1
fi
echo "All checks passed."
