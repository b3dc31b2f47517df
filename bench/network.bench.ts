/**
 * Training steps and inference against PyTorch on the same cores, or on the same GPU, where PyTorch uses
 * CUDA, in float32. Needs a Python with torch 2.13:
 *
 *     PYTHON=.../bin/python npx tsx bench/network.bench.ts [--rounds 7] [--device webgpu] [--tf32] [CASE ...]
 *
 * for instance `step-half-8-128`. With `--tf32` both sides may round what NVIDIA's matrix units multiply to
 * 10 bits (TF32), without it neither.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inferenceGraph } from '../src/models/inference.ts';
import type { ModelType } from '../src/models/model.ts';
import type { Device } from '../src/runtime/session.ts';
import { adadelta } from '../src/train/optimizers.ts';
import { fullStep, halfStep } from '../src/train/step.ts';
import { flops } from './flops.ts';
import { randomModel } from './random-model.ts';
import { alternate, type Contender } from './rounds.ts';
import { printRows, type Row } from './rows.ts';

export const cases: readonly string[] = [
  'step-half-8-128',
  'step-half-16-224',
  'step-full-8-128',
  'step-full-16-224',
  'inference-half-1-224',
  'inference-half-32-224',
  'inference-full-1-224',
  'inference-full-32-224',
];

/**
 * PyTorch's fastest setting: its memory stays with the process instead of being returned to the system after
 * every step.
 */
const keepMemory = { MALLOC_MMAP_THRESHOLD_: '4294967296', MALLOC_TRIM_THRESHOLD_: '17179869184' };

export async function networkRow(
  name: string,
  rounds: number,
  device: Device = 'cpu',
  tf32 = false,
): Promise<Row> {
  const [what, type, batch, size] = name.split('-');
  const folder = mkdtempSync(join(tmpdir(), 'hrm-bench-'));
  try {
    const names = join(folder, 'parameters.json');
    const tsx = ['--import', 'tsx', 'bench/network.ts'];
    writeFileSync(names, execFileSync(process.execPath, [...tsx, 'names', type, batch, size]));
    const ours: Contender = {
      name: 'ours',
      command: process.execPath,
      args: [...tsx, what, type, batch, size, device],
      env: tf32 ? {} : { NVIDIA_TF32_OVERRIDE: '0' },
    };
    const peer: Contender = {
      name: 'PyTorch',
      command: process.env.PYTHON ?? 'python3',
      args: ['bench/peers/network.py', what, type, batch, size, names, device === 'cpu' ? 'cpu' : 'cuda'],
      env: { ...keepMemory, HRM_TF32: tf32 ? '1' : '0' },
    };
    const [a, b] = await alternate([ours, peer], rounds);
    return {
      name,
      ours: a,
      peer: b,
      flops: flopsOfCase(what, type as ModelType, Number(batch), Number(size)),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function flopsOfCase(what: string, type: ModelType, batchSize: number, imSize: number): number {
  const model = randomModel(type, imSize);
  if (what === 'step') {
    return flops((type === 'half' ? halfStep : fullStep)(model, { batchSize, optimizer: adadelta() }).graph);
  }
  return flops(inferenceGraph(model, [batchSize, imSize, imSize]));
}

if (import.meta.filename === process.argv[1]) {
  const { values, positionals } = parseArgs({
    options: {
      rounds: { type: 'string', default: '7' },
      device: { type: 'string', default: 'cpu' },
      tf32: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  for (const name of positionals.length > 0 ? positionals : cases) {
    printRows([await networkRow(name, Number(values.rounds), values.device as Device, values.tf32)]);
  }
}
