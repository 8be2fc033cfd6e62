#!/usr/bin/env bash
# The ways to ask a served model compared on a bare GPU host, see serving.py; run from the repository root there.
#   PACKS=.gpu bash benchmarks/gpu/serving.sh prepare WORK          # detached: tiny model (about 150 s), 7B shapes
#   PACKS=.gpu bash benchmarks/gpu/serving.sh start WORK [--only tiny,seven] [--quick]   # detached: servers and parts
#   bash benchmarks/gpu/serving.sh watch WORK [SECONDS]             # waits for the end, prints the log, copies to $OUT
# Parts: tiny repeats two seven awq pipeline again sevenawq. WORK/DONE stands when all is over; WORK/results.jsonl grows.
set -u
verb=${1:?prepare, start or watch}
work=${2:?a folder for models and results}
shift 2
only=tiny,seven,two,awq,pipeline,again,sevenawq
quick=()
mkdir -p "$work"

if [ "$verb" = watch ]; then
  ends=$((SECONDS + ${1:-540}))
  # Whatever went wrong before is not worth a wait on a lent machine.
  [ -f "$work/run.log" ] || [ -f "$work/prepare.log" ] || { echo "nothing was started in $work"; exit 2; }
  until [ -f "$work/DONE" ] || [ $SECONDS -ge $ends ]; do sleep 2; done
  tail -c 9000 "$work/run.log" "$work/prepare.log" 2>/dev/null
  if [ -n "${OUT:-}" ]; then
    cp "$work/results.jsonl" "$work/run.log" "$work/prepare.log" "$OUT/" 2>/dev/null
    tail -c 200000 "$work"/serve-*.log >"$OUT/serve.log" 2>/dev/null
    (cd "${TREE:-/tmp/tree-start}" && PYTHONPATH=. /tmp/botenv/bin/python3 -m benchmarks.gpu.claims "$work/results.jsonl") >"$OUT/claims.txt" 2>&1
    tail -c 6000 "$OUT/claims.txt"
  fi
  [ -f "$work/DONE" ] && echo ALL DONE || echo STILL RUNNING
  exit 0
fi

if [ "$verb" = prepare ] || [ "$verb" = start ]; then
  # What follows runs on while later calls bring other trees, so from a copy of this one.
  . benchmarks/gpu/host.sh
  tree=/tmp/tree-$verb
  rm -rf "$tree" "$work/DONE"
  mkdir -p "$tree"
  tar cf - --exclude=./.gpu --exclude=./.git --exclude=./.venv . | tar xf - -C "$tree"
  log=$work/run.log
  [ "$verb" = prepare ] && log=$work/prepare.log && rm -f "$work/prepared"
  cd "$tree" || exit 1
  PYTHONPATH=$tree setsid bash "$tree/benchmarks/gpu/serving.sh" "$verb-now" "$work" "$@" >"$log" 2>&1 </dev/null &
  sleep 2
  echo "$verb runs, log in $log"
  cat "$log"
  exit 0
fi

while [ $# -gt 0 ]; do
  case $1 in
    --only) only=$2; shift 2 ;;
    --quick) quick=(--quick); shift ;;
    *) echo "unknown: $1"; exit 2 ;;
  esac
done
results=$work/results.jsonl
say() { echo "== $(date +%T) $*"; }

if [ "$verb" = prepare-now ]; then
  nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader
  [ -f "$work/seven/config.json" ] || timeout 300 "$BOT" -m benchmarks.gpu.seven_b "$work/seven" &
  if [ ! -f "$work/model/questions.jsonl" ]; then
    timeout 400 "$BOT" benchmarks/gpu/tiny_model.py "$work/model" --steps "${STEPS:-2200}" || say "no tiny model"
  fi
  wait
  [ -f "$work/seven-awq/config.json" ] || timeout 200 "$BOT" -m benchmarks.gpu.seven_b "$work/seven-awq" --awq
  du -sm "$work"/model "$work"/seven*
  say prepared
  touch "$work/prepared"
  exit 0
fi

pids=()
up() { # NAME FOLDER PORT SHARE: a server that answers, or an error
  say "server $1"
  local began=$SECONDS pid
  setsid "$BOT" -m benchmarks.gpu.served "$2" --python "$LM" --port "$3" --cache-share "$4" >"$work/serve-$1.log" 2>&1 </dev/null &
  pid=$!
  pids+=("$pid")
  while [ $((SECONDS - began)) -lt 180 ]; do
    if curl -sf "http://127.0.0.1:$3/health" >/dev/null && curl -sf "http://127.0.0.1:$3/v1/models" >/dev/null; then
      say "server $1 up after $((SECONDS - began)) s"
      return 0
    fi
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.3
  done
  say "server $1 did not come up"
  tail -30 "$work/serve-$1.log"
  return 1
}
down() {
  local pid
  for pid in "${pids[@]}"; do
    kill -TERM -- "-$pid" 2>/dev/null
    for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.2; done
    kill -KILL -- "-$pid" 2>/dev/null
  done
  pids=()
  sleep 2
}
part() { # SECONDS ARGUMENTS OF serving.py
  local limit=$1
  shift
  say "part $*"
  timeout -k 10 $((limit + 60)) "$BOT" -m benchmarks.gpu.serving "$@" --out "$results" --part-limit-s "$limit" "${quick[@]}" \
    || say "part ended with $?"
}
wants() { [[ ",$only," == *",$1,"* ]]; }

trap 'down; touch "$work/DONE"' EXIT
for _ in $(seq 400); do [ -f "$work/prepared" ] && break; sleep 1; done
"$LM" -c 'import lmdeploy, torch, transformers; print("lmdeploy", lmdeploy.__version__, "torch", torch.__version__, "transformers", transformers.__version__)'
one=http://127.0.0.1:23333
other=http://127.0.0.1:23334

if wants awq && [ ! -f "$work/model-awq/config.json" ]; then
  say quantising
  "$BOT" - "$work/model/questions.jsonl" "$work/calibration.jsonl" <<'END'
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
pairs = [json.dumps({"input": row["question"], "output": row["answer"]}, ensure_ascii=False) for row in rows]
open(sys.argv[2], "w", encoding="utf-8").write("".join(f"{pair}\n" for pair in pairs))
END
  # The command alone: all of `python -m training` would want typst here, which is a pack of its own.
  timeout 150 "$BOT" -c 'import typer; from training.quantising.commands import command; typer.run(command)' \
    "$work/model" "$work/model-awq" --questions "$work/calibration.jsonl" --python "$LM" --json >"$work/quantise.log" 2>&1 \
    || say "quantising ended with $?"
  tail -n 5 "$work/quantise.log"
  [ -f "$work/model-awq/questions.jsonl" ] || cp "$work/model/questions.jsonl" "$work/model-awq/" 2>/dev/null
  du -sm "$work/model" "$work/model-awq"
fi
if wants tiny && up tiny "$work/model" 23333 0.3; then
  part 420 tiny "$work/model" --url $one
fi
if wants repeats && up repeats "$work/model" 23333 0.3; then
  part 120 repeats "$work/model" --url $one
  down
fi
if wants two; then
  # The first one may run from the part before.
  { curl -sf $one/health >/dev/null || up tiny "$work/model" 23333 0.3; } && up second "$work/model" 23334 0.3 \
    && part 120 two "$work/model" --url $one --url $other
fi
down
if wants seven && up seven "$work/seven" 23333 0.5; then
  part 220 seven "$work/seven" --url $one --name "7B bf16"
fi
down
if wants awq; then
  for kind in model model-awq; do
    up "$kind-kind" "$work/$kind" 23333 0.05 && part 80 kind "$work/$kind" --url $one --name "tiny $kind"
    down
  done
fi
if wants pipeline; then
  say pipeline
  timeout -k 10 150 "$LM" -m benchmarks.gpu.in_process "$work/model" --out "$results" "${quick[@]}" || say "pipeline ended with $?"
fi
if wants again && up again "$work/model" 23333 0.3; then
  part 200 tiny "$work/model" --url $one --turn 2 --only plain,client,batching2,service
fi
down
if wants sevenawq && up sevenawq "$work/seven-awq" 23333 0.5; then
  part 150 seven "$work/seven-awq" --url $one --name "7B awq" --only plain,batching2,completions
fi
say "all parts over"
