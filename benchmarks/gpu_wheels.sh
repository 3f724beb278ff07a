#!/usr/bin/env bash
# Fetch the wheels of gpu_wheels.txt, which gpu.sh installs where there is no network: Python 3.12, Linux x86-64.
set -euo pipefail
cd "$(dirname "$0")"
python=${PYTHON:-../.venv/bin/python}
most=$((64 * 1024 * 1024))

wheels=gpu_wheels
list=$(mktemp)
trap 'rm -f "$list"' EXIT
rm -rf "$wheels"

# pip takes each name of a platform for that one alone, so all are named that packages still use.
platforms=()
for glibc in 39 36 35 34 31 28 27 26 24 17; do platforms+=(--platform "manylinux_2_${glibc}_x86_64"); done
for name in manylinux2014_x86_64 manylinux1_x86_64; do platforms+=(--platform "$name"); done

grep -v '# source' gpu_wheels.txt >"$list"
"$python" -m pip download -qq --disable-pip-version-check --only-binary=:all: --python-version 3.12 \
  --implementation cp "${platforms[@]}" --no-deps --dest "$wheels" --requirement "$list"
grep '# source' gpu_wheels.txt >"$list" || true
"$python" -m pip wheel -qq --disable-pip-version-check --no-deps --wheel-dir "$wheels" --requirement "$list"

size=$(cat "$wheels"/*.whl | wc -c)
echo "$(ls "$wheels"/*.whl | wc -l) wheels, $((size / 1024 / 1024)) MiB"
if [ "$size" -gt "$most" ]; then
  echo "$wheels: $size bytes; expected at most $most, which is what may travel to the machine" >&2
  exit 1
fi
