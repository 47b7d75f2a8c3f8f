#!/usr/bin/env bash
# need.sh COMMAND PACKAGE...: fails, naming the Debian packages, when COMMAND is not installed.
set -euo pipefail
command=$1
shift
if ! command -v "$command" >/dev/null 2>&1; then
    echo "$command is not installed. On Debian:  sudo apt-get install $*" >&2
    exit 1
fi
