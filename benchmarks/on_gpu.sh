#!/usr/bin/env bash
# All figures that take a GPU, the most important first, in a quarter of an hour at most.
#
#   benchmarks/on_gpu.sh wheels [FOLDER]  here, with a network: fetches what the other machine lacks (wheels.txt) as wheels
#                                         for its Python (PYTHON_VERSION, 3.12) on Linux x86-64
#   benchmarks/on_gpu.sh run [FOLDER]     there, where torch, transformers, peft and accelerate are and no network is:
#                                         installs those wheels whose package is missing, beside what is there, and
#                                         measures part by part
#
# Each part is stopped at its own limit; what it had measured until then is in OUT (.figures): PART.json, with PART.log.
# Without CUDA the same parts run with small models: that tries the script, and says nothing about a GPU.
# PARTS names others than all, PYTHON another interpreter, ALL_SECONDS another limit for everything together.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=${1:-run}
folder=$(realpath -m "${2:-.whl}")
python=${PYTHON:-python3}

if [ "$mode" = wheels ]; then
  platforms=()
  for tag in 2_39 2_35 2_34 2_31 2_28 2_27 2_24 2_17 2_12 2_5; do platforms+=(--platform "manylinux_${tag}_x86_64"); done
  "$python" -m pip download --quiet --no-deps --only-binary=:all: --implementation cp \
    --python-version "${PYTHON_VERSION:-3.12}" "${platforms[@]}" --platform manylinux2014_x86_64 \
    --requirement benchmarks/gpu/wheels.txt --constraint constraints.txt --dest "$folder"
  du -sh "$folder"
  exit
fi
[ "$mode" = run ] || { sed -n '2,13s/^# \{0,1\}//p' "$0"; exit 2; }

out=$(realpath -m "${OUT:-.figures}")
site=$(mktemp -d)
trap 'rm -rf "$site"' EXIT
mkdir -p "$out"
end=$((SECONDS + ${ALL_SECONDS:-870}))

# Only what is missing: nothing that is there, torch least of all, is replaced or hidden.
mapfile -t missing < <("$python" - "$folder" <<'EOF'
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

for wheel in sorted(Path(sys.argv[1]).glob("*.whl")):
    try:
        version(wheel.name.split("-")[0])
    except PackageNotFoundError:
        print(wheel)
EOF
)
if [ ${#missing[@]} -gt 0 ]; then
  "$python" -m pip install --quiet --no-index --no-deps --no-compile --no-cache-dir --target "$site" "${missing[@]}"
fi
export PYTHONPATH="$PWD:$site" PYTHONUNBUFFERED=1 HF_HUB_OFFLINE=1 YOLO_OFFLINE=true TOKENIZERS_PARALLELISM=false
"$python" -c 'import torch, transformers; print(torch.__version__, transformers.__version__, torch.cuda.is_available())'

part() { # NAME SECONDS MODULE ARGUMENTS…
  local name=$1 limit=$2 left=$((end - SECONDS))
  shift 2
  case " ${PARTS:-vision generation contention training} " in *" $name "*) ;; *) return 0 ;; esac
  [ "$limit" -le "$left" ] || limit=$left
  [ "$limit" -gt 20 ] || { echo "$name: no time left"; return 0; }
  rm -f "$out/$name.json"
  local began=$SECONDS code=0
  BENCHMARK_FILE="$out/$name.json" timeout --kill-after=10 "$limit" "$python" -m "$@" >"$out/$name.log" 2>&1 || code=$?
  echo "$name: $((SECONDS - began)) s, exit $code$([ $code -ne 124 ] || echo " (stopped at its limit of $limit s)")"
  if [ -s "$out/$name.json" ]; then cat "$out/$name.json"; fi
  if [ $code -ne 0 ]; then tail -n 5 "$out/$name.log"; fi
}

part vision 150 benchmarks.vision
part generation 270 benchmarks.generation
part contention 150 benchmarks.gpu.contention
part training 240 benchmarks.training
