import { test } from 'vitest';
import { gradientKinds } from '../tools/reference/gradient-case.ts';
import { checkGoldenGradient } from './helpers/check-golden-gradient.ts';

test.each(gradientKinds)('the whole gradient agrees with PyTorch in float64: %s', async (kind) =>
  console.log(await checkGoldenGradient(kind, 'cpu')),
);
