import { test } from 'vitest';
import { checkGoldenGradient } from './helpers/check-golden-gradient.ts';
import { gradientKinds } from './helpers/gradient-case.ts';

test.each(gradientKinds)('the whole gradient agrees with PyTorch in float64: %s', async (kind) =>
  console.log(await checkGoldenGradient(kind, 'cpu')),
);
