import { expect, test } from 'vitest';
import { stepsOn } from '../../test/helpers/steps-on.ts';
import { createSession } from '../runtime/node.ts';
import type { CreateSession, Kept, SessionOptions } from '../runtime/session.ts';
import type { Tensor } from '../tensor/tensor.ts';

const onCpu = stepsOn('cpu');

test('passes the state from step to step: the loss falls, counters count', async () => {
  const { losses, states } = await onCpu;
  expect(losses[3]).toBeLessThan(losses[0]);
  expect(states.map((state) => Number(state.get('adam/first_weight')?.data[0]).toFixed(3))).toEqual([
    '1.900',
    '3.439',
  ]);
});

test('checks an untested GPU against the CPU, then continues and frees the kept tensors', async () => {
  const opened: SessionOptions[] = [];
  const count = { runs: 0, kept: 0, released: 0 };
  const create: CreateSession = async (model, options = {}) => {
    opened.push(options);
    const session = await createSession(model, { ...options, device: 'cpu' });
    const keeping = async (feeds: Readonly<Record<string, Tensor | Kept>>) => {
      const given: Record<string, Tensor> = {};
      for (const [name, feed] of Object.entries(feeds))
        given[name] = 'read' in feed ? await feed.read() : feed;
      const all = await session.run(given);
      const kept: Record<string, Kept> = {};
      for (const name of options.keep ?? []) {
        count.kept++;
        const value = all[name];
        kept[name] = { read: async () => value, release: () => void count.released++ };
        delete all[name];
      }
      return { results: all, kept };
    };
    const run = (feeds: Readonly<Record<string, Tensor>>) => {
      count.runs++;
      return session.run(feeds);
    };
    return {
      inputNames: session.inputNames,
      outputNames: session.outputNames,
      run,
      runKeeping: keeping,
      release: () => session.release(),
    };
  };
  const { losses, states } = await stepsOn('webgpu', { create, unchecked: true });
  expect(opened.map(({ device, unchecked = false, keep = [] }) => [device, unchecked, keep.length])).toEqual([
    ['webgpu', false, 0],
    ['webgpu', true, 0],
    ['webgpu', true, 4],
  ]);
  expect(count).toEqual({ runs: 2, kept: 16, released: 16 });
  const cpu = await onCpu;
  for (const [i, loss] of cpu.losses.entries()) expect(losses[i]).toBeCloseTo(loss, 2);
  expect([...states[1].keys()].toSorted()).toEqual([...cpu.states[1].keys()].toSorted());
});

test('rejects an untested GPU whose results differ', async () => {
  const create: CreateSession = async (model, options = {}) => {
    const session = await createSession(model, { ...options, device: 'cpu' });
    if (!options.unchecked) return session;
    return {
      inputNames: session.inputNames,
      outputNames: session.outputNames,
      run: async (feeds) => {
        const results = await session.run(feeds);
        for (const { data } of Object.values(results)) data.fill(0 as never);
        return results;
      },
      release: () => session.release(),
    };
  };
  await expect(stepsOn('webgpu', { create, unchecked: true })).rejects.toThrow(
    /^device 'webgpu': without checks '.*' is off by .*; train without --unchecked-gpu$/,
  );
  await expect(stepsOn('cpu', { unchecked: true })).rejects.toThrow(
    "training: only device 'webgpu' has checks to leave out, got 'cpu'",
  );
});
