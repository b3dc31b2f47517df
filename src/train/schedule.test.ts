import { expect, test } from 'vitest';
import golden from '../../test/golden/schedules.json' with { type: 'json' };
import { constantRate, cosine, reduceOnPlateau, type Schedule, scheduleNames } from './schedule.ts';

const now = { epoch: 1, step: 1, stepsPerEpoch: 1 };

/** The rates of all steps of a training, in order. */
function ratesOf(schedule: Schedule, epochs: number, stepsPerEpoch: number): number[] {
  return Array.from({ length: epochs * stepsPerEpoch }, (_, t) =>
    schedule.rate({ epoch: 1 + Math.floor(t / stepsPerEpoch), step: 1 + (t % stepsPerEpoch), stepsPerEpoch }),
  );
}

function expectClose(rates: readonly number[], expected: readonly number[]): void {
  const error = rates.map((rate, i) => Math.abs(rate - expected[i]));
  expect(rates.length).toBe(expected.length);
  expect(Math.max(...error)).toBeLessThanOrEqual(golden.tolerance);
}

test.each(golden.cosine)('cosine as in PyTorch: warm-up of $warmupEpochs of $epochs epochs', (c) => {
  expectClose(ratesOf(cosine(c.start, c), c.epochs, c.stepsPerEpoch), c.rates);
});

test.each(golden.plateau)('plateau as in PyTorch: patience $patience', (c) => {
  const schedule = reduceOnPlateau(c.start, c);
  const rates = c.losses.map((loss) => {
    const rate = schedule.rate(now);
    schedule.endEpoch(loss);
    return rate;
  });
  expect(new Set(c.rates).size).toBeGreaterThan(2);
  expectClose(rates, c.rates);
});

test('cosine: has the first and the last rate', () => {
  const rates = ratesOf(cosine(1, { epochs: 10, warmupEpochs: 2, minimum: 0.1 }), 10, 4);
  expect(rates[0]).toBe(1 / 8);
  expect(rates[7]).toBe(1);
  expect(rates[8]).toBe(1);
  expect(rates[39]).toBeGreaterThan(0.1);
  const late = cosine(1, { epochs: 10, minimum: 0.1 });
  expect(late.rate({ epoch: 11, step: 1, stepsPerEpoch: 4 })).toBe(0.1);
  expect(late.rate({ epoch: 99, step: 3, stepsPerEpoch: 4 })).toBe(0.1);
});

test('cosine with only a warm-up', () => {
  expect(ratesOf(cosine(1, { epochs: 1, warmupEpochs: 1 }), 1, 2)).toEqual([0.5, 1]);
});

test('constant', () => {
  const schedule = constantRate(0.3);
  schedule.endEpoch(1e9);
  expect(schedule.rate({ epoch: 7, step: 1, stepsPerEpoch: 2 })).toBe(0.3);
});

test('plateau: by sqrt(0.1) after ten epochs without a lower loss, down to the minimum', () => {
  const schedule = reduceOnPlateau(1);
  const after = (epochs: number): number => {
    for (let i = 0; i < epochs; i++) schedule.endEpoch(2);
    return schedule.rate(now);
  };
  expect(after(10)).toBe(1);
  expect(after(1)).toBeCloseTo(Math.sqrt(0.1), 12);
  expect(after(10)).toBeCloseTo(0.1, 12);
  expect(after(200)).toBe(1e-5);
  const low = reduceOnPlateau(1e-7, { patience: 1 });
  low.endEpoch(1);
  low.endEpoch(1);
  expect(low.rate(now)).toBe(1e-7);
});

test('a schedule resumes from the state of another one, through JSON', () => {
  const losses = [3, 2, 2.5, 2.5, 2.5, 2.5, 1, 1.5, 1.5, 1.5];
  for (let split = 0; split <= losses.length; split++) {
    const [first, second, whole] = [1, 2, 3].map(() => reduceOnPlateau(1, { patience: 3 }));
    for (const loss of losses.slice(0, split)) first.endEpoch(loss);
    second.restore(JSON.parse(JSON.stringify(first.state())));
    for (const loss of losses.slice(split)) second.endEpoch(loss);
    for (const loss of losses) whole.endEpoch(loss);
    expect(second.state()).toEqual(whole.state());
    expect(second.rate(now)).toBe(whole.rate(now));
  }
  for (const schedule of [cosine(1, { epochs: 2 }), constantRate(1)]) {
    schedule.restore(JSON.parse(JSON.stringify(schedule.state())));
    expect(schedule.rate(now)).toBe(1);
  }
});

test('names', () => {
  const all = [reduceOnPlateau(1), cosine(1, { epochs: 1 }), constantRate(1)];
  expect(all.map(({ name }) => name)).toEqual(scheduleNames);
});

test('rejects options and states out of range', () => {
  expect(() => constantRate(Number.NaN)).toThrow(
    'schedule constant: the rate at the start must be a number >= 0, got NaN',
  );
  expect(() => cosine(1, { epochs: 0 })).toThrow('schedule cosine: the epochs must be a number > 0, got 0');
  expect(() => cosine(1, { epochs: 3, warmupEpochs: 4 })).toThrow('the warm-up must be 0 to 3 epochs, got 4');
  expect(() => cosine(1, { epochs: 3, minimum: 2 })).toThrow('the minimum must be in [0, 1], got 2');
  expect(() => reduceOnPlateau(1, { factor: 1 })).toThrow('the factor must be in (0, 1), got 1');
  expect(() => reduceOnPlateau(1, { patience: 0 })).toThrow('the patience must be a number >= 1, got 0');
  expect(() => reduceOnPlateau(1).restore({ rate: 1 })).toThrow(
    'schedule plateau: a state must have rate, best and waited, got {"rate":1}',
  );
});
