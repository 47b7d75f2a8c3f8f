#!/usr/bin/env bash
# `make run`: makes what is missing (database, invented country, search index), then serves.
# What is there is kept. INI names the settings, BIN the programs, PORT where it listens.
set -euo pipefail
BIN="${BIN:-.venv/bin}"
INI="${INI:-development.ini}"
PORT="${PORT:-6543}"
# Said once at every start by Pyramid 2.1 about setuptools, which is pinned for it.
export PYTHONWARNINGS="${PYTHONWARNINGS:-ignore:pkg_resources is deprecated:UserWarning}"

courtwatch() { "$BIN/courtwatch" -c "$INI" "$@"; }
value() { sed -n "s/^$1: //p" <<<"$status"; }

if ! "$BIN/python" - "$PORT" <<'PYTHON'
import socket, sys
with socket.socket() as probe:
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind(("127.0.0.1", int(sys.argv[1])))
    except (OSError, OverflowError, ValueError) as error:
        sys.exit(f"Cannot listen on 127.0.0.1:{sys.argv[1]}: {error}")
PYTHON
then
    echo "Choose another port:  make run PORT=7000" >&2
    exit 1
fi

status=$(courtwatch status)
case "$(value database)" in
    missing)
        courtwatch init
        ;;
    older)
        # Never upgrade the only copy.
        courtwatch backup "var/before-upgrade-$(date -u +%Y%m%dT%H%M%SZ).sqlite"
        courtwatch init
        ;;
    current) ;;
    *)
        courtwatch user list >/dev/null  # says what is wrong and fails
        exit 1
        ;;
esac

status=$(courtwatch status)
if [ "$(value cases)" = 0 ]; then
    courtwatch demo
    status=$(courtwatch status)
fi
if [ "$(value index)" != present ] ||
    { [ "$(value indexed_documents)" = 0 ] && [ "$(value cases)" != 0 ]; }; then
    courtwatch reindex
fi

echo
echo "Courtwatch is at  http://127.0.0.1:$PORT  (stop it with Ctrl-C)"
if [ "$(value invented)" = yes ]; then
    echo "Everything in it is invented. Sign in as one of:"
    "$BIN/python" -m tools.demo_accounts | sed 's/^/  /'
else
    echo "It holds no demonstration. Accounts: $BIN/courtwatch -c $INI user list"
fi
echo
exec "$BIN/pserve" "$INI" "http_port=$PORT"
