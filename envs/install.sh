#!/bin/sh
# Install the packages of a lock: sh install.sh PYTHON LOCK [options that pip and uv share ...]
#
# uv takes a third of pip's time. It reads none of pip's settings, so pip does the work where those
# name an index of packages, or none, and where uv fails. Some institutes have certificates of their
# own, which the system knows.
set -eu
python=$1
lock=$2
shift 2
pip() {
    "$python" -I -m pip --disable-pip-version-check "$@"
}
if ! pip config list | grep -Eq "\.(index-url|no-index)="; then
    pip install --quiet --require-hashes --requirement "$(dirname "$0")/uv.lock" &&
        "$python" -I -m uv pip install --quiet --system-certs --python "$python" \
            --require-hashes "$@" --requirement "$lock" && exit 0
    echo "umbra: uv cannot install $lock; trying pip" >&2
fi
pip install --quiet --require-hashes "$@" --requirement "$lock"
