#!/bin/sh
# A network trained end to end on DCSASS (clips of surveillance video, UCF-Crime's films). The looks are of bad cameras.
# Usage: recipes/dcsass.sh NETWORK DIR OUT [more options of aisle train]
set -eu
name=$1 data=$2 out=$3
shift 3
case $name in
  *-tiny) ;;
  # TSM's authors on UCF101 (TSN's twin in the same code): 25 epochs, 0.001 for 64 clips, dropout 0.8, gradients up to 20
  tsn-r50 | tsm-r50) set -- --epochs 25 --batch 16 --set accumulate=4 --set learning_rate=0.001 --set dropout=0.8 "$@" ;;
  # SlowFast's authors on Charades: 60 epochs, 0.25 for 64 clips, cosine, a twelfth of it warm-up
  slowfast-r50*) set -- --epochs 60 --batch 8 --set accumulate=8 --set learning_rate=0.25 --set warmup=0.083 "$@" ;;
  # I3D's authors: momentum 0.9, 0.1 from nothing; fine-tuned at a tenth of that
  i3d-*) set -- --epochs 40 --batch 6 --set accumulate=5 --set learning_rate=0.01 --set decay=1e-7 "$@" ;;
  *) echo "no recipe for $name here; aisle train --model $name --data $data --out $out has defaults" >&2 && exit 2 ;;
esac
exec aisle train --model "$name" --data "$data" --out "$out" --look night --look low-resolution \
  --trained-on "DCSASS: clips of surveillance video from UCF-Crime, split by film" \
  --not-for "Acting on its own: an alarm is a reason to look, not a finding." \
  --licence "research only, as the videos" "$@"
