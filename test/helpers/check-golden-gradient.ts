/** The gradient of a whole training step, checked against PyTorch's in float64. */
import { expect } from 'vitest';
import type { Device } from '../../src/runtime/session.ts';
import { goldenGradientErrors } from '../../tools/reference/golden-gradient.ts';
import type { GradientKind } from '../../tools/reference/gradient-case.ts';

/** Largest error of a parameter's gradient, root mean square, relative to the gradient's own. */
const tolerance = 1e-3;
/** Where the true gradient is about zero (root mean square), the largest absolute error of an element. */
const absolute = 1e-6;

/** Checks every parameter's gradient, and the loss. @returns a line on how well they agree */
export async function checkGoldenGradient(
  kind: GradientKind,
  device: Device,
  form: Device = device,
): Promise<string> {
  const { loss, goldenLoss, parameters } = await goldenGradientErrors(kind, device, form);
  expect(loss).toBeCloseTo(goldenLoss, 5);
  let worst = { name: '', error: 0 };
  let nearZero = 0;
  for (const { name, size, ratio, error, largest } of parameters) {
    if (size < 1e-6) {
      nearZero++;
      expect(largest, name).toBeLessThan(absolute);
      continue;
    }
    expect(Math.abs(ratio - 1), `${name}: norm`).toBeLessThan(tolerance);
    if (error > worst.error) worst = { name, error };
    expect(error, name).toBeLessThan(tolerance);
  }
  return `${kind} on ${device}, form for ${form}: ${parameters.length} parameters, worst relative error ${worst.error.toExponential(1)} (${worst.name}), ${nearZero} gradients about zero`;
}
