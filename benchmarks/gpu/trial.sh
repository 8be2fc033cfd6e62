#!/usr/bin/env bash
# The serving path on a GPU host, end to end: teach a small model the starter bank, serve it with
# `gongkao serve` (TurboMind), ask 200 questions through the bot's client, kill the server, stop.
#   bash benchmarks/gpu/trial.sh [FOLDER]
# python3 must import this project's requirements, lmdeploy, torch and transformers. FOLDER/home is the place of the
# database and of the logs.
set -u
out=$(realpath -m "${1:-/tmp/gongkao-trial}")
export PYTHONPATH="$PWD${PYTHONPATH:+:$PYTHONPATH}"
rm -rf "$out/home"
mkdir -p "$out/home"
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader
python3 -c 'import lmdeploy, torch, transformers; print("lmdeploy", lmdeploy.__version__, "torch", torch.__version__, "transformers", transformers.__version__)'
[ -f "$out/model/config.json" ] || python3 benchmarks/gpu/tiny_model.py "$out/model" || exit 1
export GONGKAO_MODEL_API_KEY=trial-key
url=http://127.0.0.1:23333
up() {
  for _ in $(seq 600); do
    curl -sf -H "Authorization: Bearer $GONGKAO_MODEL_API_KEY" $url/v1/models >/dev/null && return 0
    sleep 0.2
  done
  return 1
}
serving() { # it was tried with questions of its own, and bots may ask it
  for _ in $(seq 600); do
    grep -q 上线了 "$out/serve.log" && return 0
    kill -0 "$keeper" 2>/dev/null || return 1
    sleep 0.2
  done
  return 1
}
now() { date +%s.%N; }
since() { python3 -c "import sys; print(f'{float(sys.argv[2]) - float(sys.argv[1]):.1f} s')" "$1" "$(now)"; }
began=$(now)
python=$(command -v python3)
(cd "$out/home" && exec setsid python3 -m bot.cli serve "$out/model" --python "$python" -- --cache-max-entry-count 0.1) >"$out/serve.log" 2>&1 &
keeper=$!
serving || { tail -n 40 "$out/serve.log" "$out"/home/data/logs/serving-*.log; exit 1; }
echo "serving after $(since "$began")"
echo "without the key: HTTP $(curl -s -o /dev/null -w '%{http_code}' $url/v1/models); key in the process list: $(ps -eo args | grep -c '[t]rial-key') times"
python3 benchmarks/gpu/ask_served_model.py $url "$out/model"
child=$(pgrep -f "api_server $out/model" | head -n 1)
began=$(now); kill -9 "$child"; sleep 1
up && echo "killed -9, serving again after $(since "$began")"
python3 benchmarks/gpu/ask_served_model.py $url "$out/model" --asks 64 | sed -n 2,3p
began=$(now); kill -INT $keeper; wait $keeper; echo "stopped with $? after $(since "$began"), processes left: $(pgrep -fc "api_server $out/model")"
cat "$out/serve.log"
