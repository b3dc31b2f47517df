import { expect, test } from 'vitest';
import { tensor } from '../../tensor/tensor.ts';
import { LabelFile } from './label-file.ts';

test('reads labels by name as they were written', () => {
  const file = new LabelFile();
  const label = (value: number) => tensor('uint8', [2, 3, 1], new Uint8Array(6).fill(value));
  for (const name of ['a', 'b', 'c']) file.set(name, label(name.charCodeAt(0)));
  file.set('b', label(7));
  expect(file.size).toBe(3);
  expect(['a', 'b', 'c'].map((name) => file.get(name))).toEqual([97, 7, 99].map(label));
  expect(file.get('d')).toBeUndefined();
  file.close();
});
