/** Some training steps of the half model on a device, from the same beginning. */
import type { Model } from '../../src/models/model.ts';
import { createSession } from '../../src/runtime/node.ts';
import type { CreateSession, Device } from '../../src/runtime/session.ts';
import { tensor } from '../../src/tensor/tensor.ts';
import { adam } from '../../src/train/optimizers.ts';
import type { TrainingState } from '../../src/train/state-layout.ts';
import { halfStep } from '../../src/train/step.ts';
import { StepSession } from '../../src/train/step-session.ts';
import { gradientBatch, gradientCase } from '../../tools/reference/gradient-case.ts';

const { model, image, label } = gradientCase('half');
const feeds = {
  image,
  label,
  learning_rate: tensor('float32', [], [1e-3]),
  momentum: tensor('float32', [], [0.5]),
};

/** Losses of four steps, and the state after two and after four. */
export const stepsModel: Model = model;

export async function stepsOn(
  device: Device,
  { create = createSession, unchecked }: { create?: CreateSession; unchecked?: boolean } = {},
): Promise<{ readonly losses: readonly number[]; readonly states: readonly TrainingState[] }> {
  const step = halfStep(model, {
    batchSize: gradientBatch,
    optimizer: adam(),
    device,
    imageType: 'float32',
  });
  const session = await StepSession.open(step, create, { unchecked });
  const losses: number[] = [];
  const states: TrainingState[] = [];
  for (let i = 0; i < 4; i++) {
    losses.push(Number((await session.run(feeds)).loss.data[0]));
    if (i % 2 === 1) states.push(await session.state());
  }
  await session.release();
  return { losses, states };
}
