#!/bin/sh
# 21 everyday actions from J-HMDB's clips. Usage: recipes/everyday.sh DIR
set -eu
out=$(dirname "$0")/../src/aisle/models/trained/everyday
rm -rf "$out"
aisle train --data "$1" --model linear --set penalty=0.3 --trend --no-memory --out "$out" \
  --trained-on "J-HMDB: 659 clips of 0.5 to 1.3 s from films and the web, 21 actions, split by film" \
  --not-for "Shops: it names actions of films and sports. Clips of more than a few seconds, or of several people at once." \
  --licence "Apache-2.0 (this head); the clips are HMDB51's, published as CC BY 4.0"
# The page repeats metrics.json, and is made again by each run: it does not ship.
rm -f "$out/report.html"
