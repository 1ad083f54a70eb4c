#!/bin/sh
# People, hands and what they do with products seen from above, from rendered shops. Usage: recipes/overhead.sh DIR
set -eu
python "$(dirname "$0")/overhead.py" "$1"
