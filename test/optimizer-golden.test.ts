import { expect, test } from 'vitest';
import { createSession } from '../src/runtime/node.ts';
import { tensor } from '../src/tensor/tensor.ts';
import { openStep } from '../src/train/compile.ts';
import { type OptimizerName, optimizers } from '../src/train/optimizers.ts';
import { halfStep } from '../src/train/step.ts';
import { optimizerBatch, optimizerCase } from '../tools/reference/optimizer-case.ts';
import golden from './golden/optimizers.json' with { type: 'json' };

/** All that can be wrong shows within 20 steps, see tools/reference/optimizers.py; the file has 100. */
const steps = 30;

// The tolerance, relative at each step, is for float32 here against float64 in PyTorch: see tools/reference/optimizers.py.
test.each(Object.keys(golden.runs) as OptimizerName[])(
  "%s: the loss agrees with PyTorch's step by step",
  async (name) => {
    const { options, losses } = golden.runs[name];
    const { model, image, label } = optimizerCase();
    const optimizer = optimizers[name](options);
    const step = halfStep(model, { batchSize: optimizerBatch, optimizer, imageType: 'float32' });
    const session = await openStep(step, createSession);
    const feeds = {
      image,
      label,
      learning_rate: tensor('float32', [], [optimizer.learningRate]),
      momentum: tensor('float32', [], [0.99]),
    };
    let state = step.state.pack(step.initialState);
    let worst = { error: 0, at: 0 };
    for (const [i, loss] of losses.slice(0, steps).entries()) {
      const result = await session.run({ ...state, ...feeds });
      state = step.state.next(result);
      const error = Math.abs(Number(result.loss.data[0]) / loss - 1);
      if (error > worst.error) worst = { error, at: i + 1 };
      expect(error, `step ${i + 1}`).toBeLessThan(golden.tolerance);
    }
    console.log(`${name}: worst relative error ${worst.error.toExponential(1)} (step ${worst.at})`);
    expect(losses[99]).toBeLessThan(losses[0] / 3);
    await session.release();
  },
);
