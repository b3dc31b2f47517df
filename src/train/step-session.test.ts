import { expect, test } from 'vitest';
import { stepsOn } from '../../test/helpers/steps-on.ts';
import { createSession } from '../runtime/node.ts';
import type { SessionOptions } from '../runtime/session.ts';

const onCpu = stepsOn('cpu');

test('the state goes from step to step: the loss falls, counters count', async () => {
  const { losses, states } = await onCpu;
  expect(losses[3]).toBeLessThan(losses[0]);
  expect(states.map((state) => Number(state.get('adam/first_weight')?.data[0]).toFixed(3))).toEqual([
    '1.900',
    '3.439',
  ]);
});

test('on a GPU the graph runs once with all checks, and a session that needs none follows', async () => {
  const opened: SessionOptions[] = [];
  const { losses } = await stepsOn('webgpu', (model, options = {}) => {
    opened.push(options);
    return createSession(model, { ...options, device: 'cpu' });
  });
  expect(opened.map(({ device, checked = false }) => [device, checked])).toEqual([
    ['webgpu', false],
    ['webgpu', true],
  ]);
  for (const [i, loss] of (await onCpu).losses.entries()) expect(losses[i]).toBeCloseTo(loss, 2);
});
