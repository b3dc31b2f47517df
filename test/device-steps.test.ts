/** The whole training step and the whole explanation, on every GPU found. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FullModel } from '../src/explain/full-model.ts';
import { createSession } from '../src/runtime/node.ts';
import type { Device } from '../src/runtime/session.ts';
import { random } from '../src/tensor/random.ts';
import { tensor } from '../src/tensor/tensor.ts';
import { gradientKinds } from '../tools/reference/gradient-case.ts';
import { checkGoldenGradient } from './helpers/check-golden-gradient.ts';
import { relativeError } from './helpers/device-nodes.ts';
import { gpus, keepOpen } from './helpers/gpu-devices.ts';
import { stepsModel, stepsOn } from './helpers/steps-on.ts';

/** In software, a step takes seconds, and its programs several times as long to compile. */
const timeout = 600_000;

describe.each(gpus)('$device', ({ device, works }) => {
  keepOpen(device, works);

  test.runIf(works)(
    'the training state stays on the device and equals that of the cpu',
    { timeout },
    async () => {
      const { losses, states } = await stepsOn(device);
      const cpu = await stepsOn('cpu');
      for (const [i, loss] of losses.entries()) expect(loss).toBeCloseTo(cpu.losses[i], 2);
      for (const [i, state] of states.entries()) {
        expect([...state.keys()].toSorted()).toEqual([...cpu.states[i].keys()].toSorted());
        // How far all weights together have moved, and how far from where the cpu moved them.
        let [moved, off] = [0, 0];
        for (const [name, { data }] of stepsModel.weights) {
          const [here, there] = [state, cpu.states[i]].map((one) => one.get(name)?.data as Float32Array);
          for (const [k, before] of data.entries()) {
            moved += (there[k] - before) ** 2;
            off += (there[k] - here[k]) ** 2;
          }
        }
        expect(moved).toBeGreaterThan(0);
        expect(Math.sqrt(off / moved)).toBeLessThan(0.2);
      }
    },
  );

  test.runIf(works).each(gradientKinds)(
    'the whole gradient agrees with PyTorch in float64: %s',
    { timeout },
    async (kind) => console.log(await checkGoldenGradient(kind, device)),
  );

  test.runIf(works)('probabilities and maps equal those of the cpu', { timeout }, async () => {
    const bytes = readFileSync(new URL('../models/scenes.onnx', import.meta.url));
    const image = tensor('float32', [1, 32, 32, 3]);
    const rng = random(6);
    image.data.forEach((_, i) => {
      image.data[i] = rng.next();
    });
    const explain = async (on: Device) => {
      const model = await FullModel.load(bytes, createSession, { device: on });
      const cams = await model.generateCams(image);
      await model.release();
      return cams;
    };
    const expected = await explain('cpu');
    const actual = await explain(device);
    // Some fifty layers of float32, summed in another order.
    expect(relativeError(expected.predictions, actual.predictions)).toBeLessThan(1e-4);
    expect(relativeError(expected.low, actual.low)).toBeLessThan(1e-4);
    expect(relativeError(expected.high, actual.high)).toBeLessThan(1e-4);
  });
});
