import { expect, test } from 'vitest';
import {
  transportBatch,
  transportCase,
  transportCells,
  transportSize,
  transportSlots,
  transportStage,
} from '../../test/helpers/transport-case.ts';
import { createSession } from '../runtime/node.ts';
import { random } from '../tensor/random.ts';
import { sizeOf, type Tensor, tensor } from '../tensor/tensor.ts';
import type { TrainingStep } from './build-step.ts';
import { openStep } from './compile.ts';
import { stageInput } from './transport-step.ts';

const [n, size, slots] = [transportBatch, transportSize, transportSlots];
const side = size / 2;

function draw(shape: readonly number[], seed: number, low = 0, high = 1): Tensor<'float32'> {
  const rng = random(seed);
  return tensor(
    'float32',
    shape,
    Float32Array.from({ length: sizeOf(shape) }, () => rng.uniform(low, high)),
  );
}

/**
 * Pictures with a bright square at another position each. Labels say exactly where it is, evidence only
 * roughly.
 */
function inputs(weight: readonly number[]): Record<string, Tensor> {
  const image = draw([n, size, size, 3], 1, 0, 0.2);
  const soft = tensor('float32', [n, slots, side, side]);
  const evidence = draw([n, slots, 4, 4], 2, 0, 0.3);
  for (let i = 0; i < n; i++) {
    const [top, left] = [2 * i, 9 - 2 * i];
    evidence.data[i * slots * 16 + Math.floor(top / 4) * 4 + Math.floor(left / 4)] = 1;
    for (let y = top; y < top + 6; y++) {
      for (let x = left; x < left + 6; x++) {
        soft.data[(i * slots * side + y) * side + x] = 1;
        for (const [dy, dx] of [
          [0, 0],
          [0, 1],
          [1, 0],
          [1, 1],
        ]) {
          const at = ((i * size + 2 * y + dy) * size + 2 * x + dx) * 3;
          image.data.fill(1, at, at + 3);
        }
      }
    }
  }
  return {
    image,
    cells: draw([n, ...transportCells], 3),
    [stageInput(1)]: draw([n, ...transportStage], 4),
    evidence,
    soft_label: soft,
    weight: tensor(
      'float32',
      [n, slots],
      Float32Array.from({ length: n * slots }, (_, i) => weight[i % slots]),
    ),
  };
}

async function losses(feeds: Record<string, Tensor>, steps: number): Promise<number[]> {
  const step: TrainingStep = { ...transportCase('cpu'), inputs: () => feeds };
  const session = await openStep(step, createSession);
  let state = step.state.pack(step.initialState);
  const found: number[] = [];
  for (let i = 0; i < steps; i++) {
    const result = await session.run({
      ...state,
      ...feeds,
      learning_rate: tensor('float32', [], [0.01]),
      momentum: tensor('float32', [], [0.9]),
    });
    found.push(Number(result.loss.data[0]));
    state = step.state.next(result);
  }
  await session.release();
  return found;
}

test('learns where the objects are', async () => {
  const found = await losses(inputs([1, 0]), 60);
  expect(found.every(Number.isFinite)).toBe(true);
  expect(found[59]).toBeLessThan(0.3 * found[0]);
});

test('a slot with weight 0 has no effect', async () => {
  const feeds = inputs([1, 0]);
  const other = {
    ...feeds,
    soft_label: tensor('float32', feeds.soft_label.shape, (feeds.soft_label.data as Float32Array).slice()),
  };
  for (let i = 0; i < n; i++) {
    const at = (i * slots + 1) * side * side;
    other.soft_label.data.set(draw([side * side], 7).data as never, at);
  }
  expect(await losses(other, 3)).toEqual(await losses(feeds, 3));
});
