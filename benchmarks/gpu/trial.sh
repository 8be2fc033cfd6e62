#!/usr/bin/env bash
# The serving path on a GPU host, end to end: teach a small model the starter bank, serve it with
# `gongkao serve` (TurboMind), ask 200 questions through the bot's client, kill the server, stop.
#   PYTHONPATH=. bash benchmarks/gpu/trial.sh [FOLDER]
# python3 must import this project's requirements, lmdeploy, torch and transformers.
set -u
out=${1:-/tmp/gongkao-trial}
mkdir -p "$out"
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
now() { date +%s.%N; }
since() { python3 -c "import sys; print(f'{float(sys.argv[2]) - float(sys.argv[1]):.1f} s')" "$1" "$(now)"; }
began=$(now)
setsid python3 -m bot.cli serve "$out/model" --model-name tiny --python "$(command -v python3)" -- --cache-max-entry-count 0.1 >"$out/serve.log" 2>&1 &
supervisor=$!
up || { tail -40 "$out/serve.log"; exit 1; }
echo "server up after $(since "$began")"
echo "without the key: HTTP $(curl -s -o /dev/null -w '%{http_code}' $url/v1/models); key in the process list: $(ps -eo args | grep -c '[t]rial-key') times"
python3 benchmarks/gpu/ask_served_model.py $url "$out/model"
child=$(pgrep -f 'lmdeploy.*api_server|api_server.*23333' | head -1)
began=$(now); kill -9 "$child"; sleep 1
up && echo "killed -9, serving again after $(since "$began")"
python3 benchmarks/gpu/ask_served_model.py $url "$out/model" --asks 64 | sed -n 2,3p
began=$(now); kill -INT $supervisor; wait $supervisor; echo "stopped with $? after $(since "$began"), processes left: $(pgrep -fc 'api_server')"
cat "$out/serve.log"
