#!/bin/sh
# A network trained end to end on MERL Shopping, by its own split of subjects; or on shops from aisle data render.
# Usage: recipes/merl.sh NETWORK DIR OUT [more options of aisle train]
set -eu
name=$1 data=$2 out=$3
shift 3
case $name in
  *-tiny) ;;
  # TSM's authors on Something-Something, where motion decides too: 50 epochs, 0.01 for 64 clips, gradients up to 20
  tsm-r50 | tsm-mobilenetv2) set -- --epochs 50 --batch 16 --set accumulate=4 --set learning_rate=0.01 "$@" ;;
  # SlowFast's authors on Charades: 60 epochs, 0.25 for 64 clips, cosine, a twelfth of it warm-up
  slowfast-r50*) set -- --epochs 60 --batch 8 --set accumulate=8 --set learning_rate=0.25 --set warmup=0.083 "$@" ;;
  # I3D's authors: momentum 0.9, 0.1 from nothing; fine-tuned at a tenth of that
  i3d-*) set -- --epochs 40 --batch 6 --set accumulate=5 --set learning_rate=0.01 --set decay=1e-7 "$@" ;;
  # MSB-RNN's authors train its streams before its LSTM; here all of it at once, with AdamW
  msb-rnn | msb-rnn-mobilenetv2)
    set -- --epochs 30 --batch 2 --checkpointing --set accumulate=4 --set optimizer=adamw --set learning_rate=8e-4 "$@" ;;
  *) echo "no recipe for $name here; aisle train --model $name --data $data --out $out has defaults" >&2 && exit 2 ;;
esac
exec aisle train --model "$name" --data "$data" --out "$out" \
  --not-for "Decisions about persons. Shops that it has not been tried in." "$@"
