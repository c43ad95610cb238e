#!/bin/sh
# Install the Debian packages of a list that are missing, or print the one command that does.
set -eu
if ! command -v dpkg-query >/dev/null; then
    echo "umbra: not a Debian-like system, so nobody checks for what $1 names" >&2
    exit 0
fi
wanted=$(sed 's/#.*//' "$1")
missing=""
for package in $wanted; do
    dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q "install ok installed" ||
        missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ]; then
    apt-get update --quiet --quiet && apt-get install --yes --quiet --quiet $missing
elif sudo --non-interactive true 2>/dev/null; then
    sudo apt-get update --quiet --quiet && sudo apt-get install --yes --quiet --quiet $missing
else
    echo "umbra needs these packages; run: sudo apt-get install$missing" >&2
    exit 1
fi
