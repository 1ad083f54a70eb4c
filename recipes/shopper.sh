#!/bin/sh
# MERL Shopping's five actions seen from above, from rendered shops, or from the real set. Usage: recipes/shopper.sh DIR
set -eu
out=$(dirname "$0")/../src/aisle/models/trained/shopper
[ -d "$1" ] || aisle data render "$1" --videos 36 --seed 0 --seconds 75
rm -rf "$out"
aisle train --data "$1" --model mstcn --out "$out" \
  --trained-on "rendered overhead shops (aisle data render), not real video: 36 videos of 75 s in MERL Shopping's layout" \
  --not-for "Real shops, until it has been trained again on real video of them: what it knows is drawn. Decisions about persons." \
  --licence "Apache-2.0"
