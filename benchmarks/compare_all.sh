#!/usr/bin/env bash
# Measures the engine and others for README.md: compare_all.sh PYTHON OUT_DIR [compare|banking77|table ...]
# Without a part it runs all, which take about 35 minutes on two cores, the table 17.
set -euo pipefail
python="$1" out="$2"
shift 2
parts=" ${*:-compare banking77 table} "
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
finetide="$here/../finetide"
bench=("$python" "$here/trl_bench.py")
mkdir -p "$out"
cd "$out"

prepare() {
  [ -d 135M ] || "${bench[@]}" make 135M --size 135M
  [ -f rows512.jsonl ] || "${bench[@]}" rows rows512.jsonl --vocab 49152 --count 32 --length 512
  [ -f chat.jsonl ] || "${bench[@]}" rows chat.jsonl --vocab 49152 --count 256 --length chat
  [ -f system.jsonl ] || "${bench[@]}" rows system.jsonl --vocab 49152 --count 256 --length chat --beginning 256
}

compare() { # NAME OPTIONS...
  echo "== $1"
  "${bench[@]}" compare --model 135M --precision bf16 "${@:2}" 2>>errors.log | tee "$1.txt" | grep -v '^{'
}

if [[ $parts == *" compare "* ]]; then
  prepare
  compare lora-q-v --rows rows512.jsonl --batch 2 --steps 6 --rounds 2
  compare lora-all-linear --rows rows512.jsonl --batch 2 --steps 5 --targets all-linear
  compare full --rows rows512.jsonl --batch 2 --steps 5 --method full --lr 2e-5 --others trl,trl-tuned,loop-tuned
  compare chat-packed --rows chat.jsonl --batch 8 --steps 6 --pack 512
  compare chat-padded --rows chat.jsonl --batch 8 --steps 5 --others trl,trl-tuned
  compare system-prompt --rows system.jsonl --batch 8 --steps 5 --others trl,trl-tuned
fi
# STORIES and TRAIN_CSV name the model directory and Banking77's train.csv.
if [[ $parts == *" banking77 "* ]] && [ -n "${STORIES:-}" ]; then
  echo "== banking77"
  "$python" - "$TRAIN_CSV" >banking77.jsonl <<'EOF'
import csv, json, sys
for row in csv.DictReader(open(sys.argv[1], newline="", encoding="utf-8")):
    print(json.dumps({"prompt": f"Question: {row['text']}\nIntent:", "completion": " " + row["category"].replace("_", " ")}))
EOF
  for round in 1 2; do
    "$finetide" engine bench --model "$STORIES" --rows banking77.jsonl --method full --batch 32 --lr 3e-3 --steps 300 |
      "$python" -c 'import json, sys; r = json.loads(sys.stdin.readline()); print("engine", r["rowsPerSecond"], "rows/s", r["peakMemoryBytes"])'
    "$python" "$here/trl_banking77.py" "$STORIES" "$TRAIN_CSV" --steps 100 2>>errors.log | tail -1
    "$python" "$here/trl_banking77.py" "$STORIES" "$TRAIN_CSV" --steps 100 --checkpointing 2>>errors.log | tail -1
  done
fi
if [[ $parts == *" table "* ]]; then
  echo "== table"
  "$finetide" engine bench 2>>errors.log | tee table.txt
fi
