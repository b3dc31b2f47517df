#!/usr/bin/env bash
# What docs/performance.md says of GPUs, on a machine with an NVIDIA card: first whether the numbers are right, then how long they take.
# Needs a Python with PyTorch for CUDA:    PYTHON=.../bin/python bench/gpu.sh [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-9}
node dist/cli/main.js devices
NVIDIA_TF32_OVERRIDE=0 HRM_TEST_DEVICES=cuda npx vitest run test/device-
npx tsx tools/node-counts.ts 16 128
steps=(step-half-64-128 step-half-16-128 step-half-16-224 step-full-16-128)
for tf32 in "" --tf32; do
  npx tsx bench/network.bench.ts --rounds "$rounds" --device cuda $tf32 "${steps[@]}" inference-full-32-224
done
npx tsx bench/network.bench.ts --rounds "$rounds" --device webgpu step-half-16-128 step-full-16-128 inference-full-32-224
