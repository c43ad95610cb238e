#!/bin/sh
# Install the packages of a lock: sh install.sh PYTHON LOCK [an option of pip that uv has too ...]
#
# uv takes a third of pip's time. It reads none of pip's settings, so pip does the work where those
# name an index of packages, or none, and where uv fails.
set -eu
python=$1
lock=$2
shift 2
if ! "$python" -m pip config list | grep -Eq "\.(index-url|no-index)="; then
    "$python" -m pip install --quiet --require-hashes --requirement "$(dirname "$0")/uv.lock"
    "$python" -m uv pip install --quiet --python "$python" --compile-bytecode \
        --require-hashes "$@" --requirement "$lock" && exit 0
    echo "umbra: uv cannot install $lock; trying pip" >&2
fi
"$python" -m pip install --quiet --require-hashes "$@" --requirement "$lock"
