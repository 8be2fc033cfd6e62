#!/usr/bin/env bash
# 4 bit on a GPU host: teach a small model the starter bank, quantise it, and ask both through TurboMind.
#   bash benchmarks/gpu/quantise.sh [FOLDER]
# python3 must import this project's requirements, lmdeploy, torch and transformers.
set -u
out=$(realpath -m "${1:-/tmp/gongkao-quantise}")
export PYTHONPATH="$PWD${PYTHONPATH:+:$PYTHONPATH}"
python=$(command -v python3)
rm -rf "$out/home"
mkdir -p "$out/home"
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader
[ -f "$out/model/config.json" ] || python3 benchmarks/gpu/tiny_model.py "$out/model" || exit 1
python3 - "$out/model/questions.jsonl" "$out/calibration.jsonl" <<'END'
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
pairs = [json.dumps({"input": row["question"], "output": row["answer"]}, ensure_ascii=False) for row in rows]
open(sys.argv[2], "w", encoding="utf-8").write("".join(f"{pair}\n" for pair in pairs))
END
for way in plain search; do
  rm -rf "$out/model-awq-$way"
  extra=$([ $way = search ] && echo --search-scale)
  python3 -m training quantise "$out/model" "$out/model-awq-$way" --questions "$out/calibration.jsonl" \
    --python "$python" --json $extra || { tail -40 "$out/model-awq-$way.log"; exit 1; }
done
du -sh "$out"/model "$out"/model-awq-*
url=http://127.0.0.1:23333
for name in model model-awq-plain model-awq-search; do
  (cd "$out/home" && exec python3 -m bot.cli serve "$out/$name" --python "$python" -- --cache-max-entry-count 0.1) >"$out/$name-serve.log" 2>&1 &
  keeper=$!
  for _ in $(seq 600); do grep -q 上线了 "$out/$name-serve.log" && break; kill -0 $keeper || break; sleep 0.2; done
  echo "== $name: $(pgrep -af "api_server $out/$name " | grep -o -- '--model-format [a-z]*' | head -1)"
  python3 benchmarks/gpu/ask_served_model.py $url "$out/$name" || tail -40 "$out/$name-serve.log"
  kill -INT $keeper
  wait $keeper
done
