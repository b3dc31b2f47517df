import { test } from 'vitest';
import { devices } from '../src/runtime/session.ts';
import { gradientKinds } from '../tools/reference/gradient-case.ts';
import { checkGoldenGradient } from './helpers/check-golden-gradient.ts';

const cases = gradientKinds.flatMap((kind) => devices.map((form) => [kind, form] as const));

test.each(cases)(
  'the whole gradient agrees with PyTorch in float64: %s, the form for %s',
  async (kind, form) => console.log(await checkGoldenGradient(kind, 'cpu', form)),
);
