import { expect, test } from 'vitest';
import { Graph } from '../graph/graph.ts';
import { encodeOnnx } from '../graph/onnx/proto.ts';
import { builders as o } from '../graph/ops/index.ts';
import { tensor } from '../tensor/tensor.ts';
import { createAbortableSession, untilAborted } from './abortable-session.ts';

test('an aborted request starts no run; other requests continue', async () => {
  const graph = new Graph();
  graph.output(o.identity(o.relu(graph.input('x', 'float32', [2])), 'y'));
  const file = encodeOnnx(graph);
  const session = await createAbortableSession(file);
  const run = async (): Promise<number[]> =>
    Array.from((await session.run({ x: tensor('float32', [2], [-1, 3]) })).y.data, Number);
  const controller = new AbortController();
  const { signal } = controller;
  let runs = 0;
  const long = untilAborted(signal, async () => {
    for (;;) {
      await run();
      if (++runs === 3) controller.abort(new Error('it ran out of time'));
    }
  });
  await expect(long).rejects.toThrow('it ran out of time');
  expect(runs).toBe(3);
  await expect(untilAborted(signal, () => createAbortableSession(file))).rejects.toThrow(
    'it ran out of time',
  );
  expect(await run()).toEqual([0, 3]);
  await session.release();
});
