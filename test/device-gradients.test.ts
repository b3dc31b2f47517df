/**
 * Every operator's gradient on every GPU found, against the CPU, whose gradients agree with central differences
 * (`src/graph/ops/ops.test.ts`): each form of an operator in the training steps, at shapes that it has there, and
 * the operators that no network uses yet.
 */
import { describe, expect, test } from 'vitest';
import { operators } from '../src/graph/ops/index.ts';
import { caseErrors, isWrong, worstOf } from './helpers/device-cases.ts';
import { gradientCases, typeOf } from './helpers/device-gradients.ts';
import { gpus } from './helpers/gpu-devices.ts';

describe.each(gpus)('$device', ({ device, works }) => {
  test.runIf(works)('the gradient of every operator equals that of the cpu', async () => {
    const cases = gradientCases();
    const covered = new Set<string>(cases.map(({ title }) => typeOf(title)));
    const differentiable = Object.values(operators).filter(({ gradient }) => gradient !== 'none');
    const missing = differentiable.map(({ type }) => type).filter((type) => !covered.has(type));
    expect(missing, 'operators that need a case in `others`').toEqual([]);

    const errors = await caseErrors(device, cases);
    const wrong = errors.filter(isWrong);
    expect(wrong.map(({ title, error }) => `${title}: ${error.toExponential(1)}`)).toEqual([]);
    const worst = worstOf(errors);
    console.log(
      `${device}: ${errors.length} gradients, worst error ${worst.error.toExponential(1)} (${worst.title})`,
    );
  });
});
