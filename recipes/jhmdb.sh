#!/bin/sh
# A network trained end to end on J-HMDB's 21 everyday actions, as its authors fine-tune on small sets.
# Usage: recipes/jhmdb.sh NETWORK DIR OUT [more options of aisle train]
set -eu
name=$1 data=$2 out=$3
shift 3
case $name in
  *-tiny) ;;
  # TSM's authors on UCF101 (TSN's twin in the same code): 25 epochs, 0.001 for 64 clips, dropout 0.8, gradients up to 20
  tsn-* | tsm-r50 | tsm-mobilenetv2) set -- --epochs 25 --batch 16 --set learning_rate=0.001 --set dropout=0.8 "$@" ;;
  # SlowFast's authors on Charades: 60 epochs, 0.25 for 64 clips, cosine, a twelfth of it warm-up
  slowfast-r50*) set -- --epochs 60 --batch 8 --set accumulate=8 --set learning_rate=0.25 --set warmup=0.083 "$@" ;;
  # X3D from Kinetics: as SlowFast's, at a tenth of the rate, as 530 clips are few; its own decay
  x3d-*) set -- --epochs 60 --batch 16 --set accumulate=4 --set learning_rate=0.025 --set decay=5e-5 --set warmup=0.083 "$@" ;;
  # I3D's authors: momentum 0.9, 0.1 from nothing; fine-tuned at a tenth of that
  i3d-*) set -- --epochs 40 --batch 6 --set accumulate=5 --set learning_rate=0.01 --set decay=1e-7 "$@" ;;
  # PoseC3D's authors on HMDB51: 12 times 10 passes, 0.01 for 128 clips, gradients up to 40
  posec3d) set -- --epochs 120 --batch 16 --set learning_rate=0.005 --set largest=40 "$@" ;;
  *) echo "no recipe for $name here; aisle train --model $name --data $data --out $out has defaults" >&2 && exit 2 ;;
esac
exec aisle train --model "$name" --data "$data" --out "$out" \
  --trained-on "J-HMDB: clips of 0.5 to 1.3 s from films and the web, 21 actions, split by film" \
  --not-for "Shops: it names actions of films and sports. Clips of more than a few seconds, or of several people at once." \
  --licence "the clips are HMDB51's, published as CC BY 4.0" "$@"
