#!/usr/bin/env bash
# How fast and how exact is limelight on a GPU? One command, at most 8 minutes; docs/gpu.md says what it needs.
#
#   benchmarks/gpu_wheels.sh                        # beforehand, where there is a network
#   benchmarks/gpu.sh                               # results in $OUT, or in results/gpu
#   LIMELIGHT_REHEARSAL=1 benchmarks/gpu.sh         # in small, on a CPU; =3 with three times the time, if that is busy
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
out=${OUT:-$here/../results/gpu}
mkdir -p "$out"
began=$(date +%s)

# The machine's own packages stay as they are: what it lacks lies in a folder of its own, which comes first.
site=$(mktemp -d)
trap 'rm -rf "$site"' EXIT
"$python" -m pip install --quiet --disable-pip-version-check --no-index --no-deps --no-compile --target "$site" \
  "$here"/gpu_wheels/*.whl
export PYTHONPATH="$site${PYTHONPATH:+:$PYTHONPATH}"

options=()
if [ -n "${LIMELIGHT_REHEARSAL:-}" ]; then
  export LIMELIGHT_PRETEND_GPUS=${LIMELIGHT_PRETEND_GPUS:-1}
  export OMP_NUM_THREADS=1  # others may be at work here, and threads that wait for each other take long then
  options+=(--small --longer "$LIMELIGHT_REHEARSAL")
fi
"$python" "$here/gpu/parts.py" "$out" --spent $(($(date +%s) - began)) "${options[@]}"
