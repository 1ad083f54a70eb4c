#!/bin/sh
# Fight or not, from the Surveillance Camera Fight Dataset. Usage: recipes/fight.sh DIR
set -eu
out=$(dirname "$0")/../src/aisle/models/trained/fight
rm -rf "$out"
aisle train --data "$1" --model svm --no-trend --no-memory --out "$out" \
  --trained-on "Surveillance Camera Fight Dataset (Akti et al. 2019): 216 clips of about 2 s of real surveillance video, split by source video" \
  --not-for "Acting on its own: an alarm is a reason to look, not a finding. Sport, dance and play look alike to it." \
  --licence "Apache-2.0 (this head); the clips are under the MIT licence"
# The page repeats metrics.json, and is made again by each run: it does not ship.
rm -f "$out/report.html"
