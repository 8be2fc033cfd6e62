# Source this on a bare GPU host, from the repository root:  PACKS=.gpu . benchmarks/gpu/host.sh
# Makes /tmp/botenv (the bot) and /tmp/lmenv (LMDeploy) from what lies in $PACKS, each part once; what was made stays
# for later calls, which need not bring the packs again. Sets BOT and LM, the two interpreters, and LD_LIBRARY_PATH.
# $PACKS/botA and botB: wheels of the bot; lm: LMDeploy itself and the shim; lmB: wheels that it needs, those that
# botA has too left out and named in shared.txt. Bring botA and lmB in one call, lm in the next; botB is typst alone.
PACKS=${PACKS:-.gpu}
BOT=/tmp/botenv/bin/python3
LM=/tmp/lmenv/bin/python3
export BOT LM PYTHONUNBUFFERED=1
_site=lib/python3.12/site-packages

_env() { # FOLDER: an empty environment that sees the host's packages behind its own
  [ -f "$1/.made" ] && return 0
  rm -rf "$1"
  if ! python3 -m venv --without-pip "$1"; then
    rm -rf "$1"
    mkdir -p "$1/bin" "$1/$_site"
    ln -s "$(python3 -c 'import os, sys; print(os.path.realpath(sys.executable))')" "$1/bin/python3"
    ln -s python3 "$1/bin/python"
    python3 -c 'import os, sys; print("home =", os.path.dirname(os.path.realpath(sys.executable)))' >"$1/pyvenv.cfg"
  fi
  python3 - >"$1/$_site/host.pth" <<'END'
import importlib.util, os, sysconfig
places = [sysconfig.get_paths()["purelib"], sysconfig.get_paths()["platlib"]]
for name in ("torch", "transformers"):
    found = importlib.util.find_spec(name)
    if found and found.origin:
        places.append(os.path.dirname(os.path.dirname(found.origin)))
print("\n".join(dict.fromkeys(places)))
if importlib.util.find_spec("_distutils_hack"):
    print("import _distutils_hack; _distutils_hack.add_shim()")
END
  touch "$1/.made"
}

_wheels() { # ENVIRONMENT MARK WHEELS...: installed once
  local to=$1 mark=$2
  shift 2
  [ -f "$to/.$mark" ] && return 0
  python3 -m pip install -q --no-index --no-deps --no-compile --no-cache-dir --upgrade --target "$to/$_site" "$@" \
    && touch "$to/.$mark"
}

if [ -d "$PACKS/botA" ]; then
  _env /tmp/botenv
  _wheels /tmp/botenv botA "$PACKS"/botA/*.whl
  # LMDeploy's environment has some of them too, and may be made in a later call.
  mkdir -p /tmp/botA && cp -n "$PACKS"/botA/*.whl /tmp/botA/ 2>/dev/null
fi
if [ -d "$PACKS/botB" ]; then
  _env /tmp/botenv
  _wheels /tmp/botenv botB "$PACKS"/botB/*.whl
fi
if [ -d "$PACKS/lmB" ]; then
  _env /tmp/lmenv
  _shared=()
  while read -r _name; do [ -f "/tmp/botA/$_name" ] && _shared+=("/tmp/botA/$_name"); done <"$PACKS/lmB/shared.txt"
  _wheels /tmp/lmenv lmB "$PACKS"/lmB/*.whl "${_shared[@]}"
fi
if [ -d "$PACKS/lm" ]; then
  _env /tmp/lmenv
  [ -f /tmp/lmenv/.lm ] || { tar xJf "$PACKS/lm/lmdeploy.tar.xz" -C "/tmp/lmenv/$_site" && touch /tmp/lmenv/.lm; }
  [ -f /tmp/shim/libcublas.so.12 ] || bash "$PACKS/lm/shim.sh" /tmp/shim
fi
if [ -d "/tmp/lmenv/$_site/nvidia/cuda_runtime/lib" ]; then
  _torch=$(python3 -c 'import importlib.util, os; print(os.path.dirname(os.path.dirname(importlib.util.find_spec("torch").origin)))')
  _nccl=$(find "$_torch" -name libnccl.so.2 | head -1)
  export LD_LIBRARY_PATH=/tmp/shim:/tmp/lmenv/$_site/nvidia/cuda_runtime/lib:$(dirname "$_nccl"):${LD_LIBRARY_PATH:-}
fi
