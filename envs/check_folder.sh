#!/bin/sh
# Refuse a folder in whose path Snakemake cannot run (umbra.checks.machine has the reasons).
case $PWD in
*[][\ \"\'\`\$\&\;\|\<\>\(\)*?{}!\#^\\:]* | *[[:cntrl:]]*)
    echo "umbra: Snakemake cannot run in $PWD: move umbra to a path of letters, digits and _ - . first" >&2
    exit 1
    ;;
esac
