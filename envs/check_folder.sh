#!/bin/sh
# Refuse a folder in whose path Snakemake cannot run (umbra.checks.machine has the reasons, and the
# same characters).
LC_ALL=C
case $PWD in
*[][\ \"\'\`\$\&\;\|\<\>\(\)*?{}!\#^\\:]* | *[[:cntrl:]]*)
    echo "umbra: Snakemake cannot run in $PWD: move umbra to a path without spaces, quotes, colons and other signs of the shell first" >&2
    exit 1
    ;;
esac
