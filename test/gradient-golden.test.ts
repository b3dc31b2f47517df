import { test } from 'vitest';
import { checkGoldenGradient } from './helpers/check-golden-gradient.ts';

test.each(['half', 'full'] as const)(
  'the whole gradient of the %s model agrees with PyTorch in float64',
  async (type) => console.log(await checkGoldenGradient(type, 'cpu')),
);
