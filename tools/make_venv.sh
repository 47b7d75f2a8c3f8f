#!/usr/bin/env bash
# Makes the virtual environment VENV, or names what the machine lacks for it.
set -euo pipefail
VENV="${VENV:-.venv}"

if [ -x "$VENV/bin/python" ] && "$VENV/bin/python" -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    exit 0
fi

found=""
for candidate in "${PYTHON:-}" python3.11 python3 python3.12 python3.13; do
    [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 || continue
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        found="$candidate"
        break
    fi
done
if [ -z "$found" ]; then
    echo "Courtwatch needs Python 3.11 or newer, and this machine has none." >&2
    echo "On Debian 12 or newer:  sudo apt-get install python3 python3-venv" >&2
    exit 1
fi
if ! "$found" -c 'import ensurepip, venv' 2>/dev/null; then
    version=$("$found" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    echo "Python $version is here, but not its module venv." >&2
    echo "On Debian:  sudo apt-get install python$version-venv" >&2
    exit 1
fi
if [ -e "$VENV" ] && [ ! -x "$VENV/bin/python" ] && [ -n "$(ls -A "$VENV" 2>/dev/null)" ]; then
    echo "$VENV exists but is no virtual environment. Move it away, then run make again." >&2
    exit 1
fi
echo "Making $VENV with $("$found" --version) ..."
"$found" -m venv --clear "$VENV"
