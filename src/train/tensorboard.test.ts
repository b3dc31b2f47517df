import { expect, test } from 'vitest';
import golden from '../../test/golden/tensorboard.json' with { type: 'json' };
import { encodeFileHeader, encodeScalars, eventFileName } from './tensorboard.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('records are byte for byte those of TensorBoard', () => {
  expect(hex(encodeFileHeader(1.5))).toBe(golden.header);
  expect(hex(encodeScalars(2.25, 300, { 'loss/train': 0.125, absent: undefined, accuracy: 0.75 }))).toBe(
    golden.scalars,
  );
});

test('the file name has what TensorBoard looks for', () => {
  expect(eventFileName(1234.9)).toBe('events.out.tfevents.1234.hrm');
});
