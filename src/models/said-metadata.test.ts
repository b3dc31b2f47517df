import { expect, test } from 'vitest';
import { changedMetadata } from '../../test/helpers/changed-metadata.ts';
import { random } from '../tensor/random.ts';
import { initializeWeights, type Model } from './model.ts';
import { decodeModel, encodeModel } from './model-file.ts';

const config = { type: 'half', classes: ['a', 'b'], imSize: 32, channels: 3 } as const;
const model: Model = { ...config, weights: initializeWeights(config, random(0)) };
const file = encodeModel(model);

test.each([
  ['hrm.im_size', '1e9', 'a whole number from 1 to 8192 is needed, got 1000000000'],
  ['hrm.im_size', '3.5', 'a whole number from 1 to 8192 is needed, got 3.5'],
  ['hrm.im_size', '0', 'a whole number from 1 to 8192 is needed, got 0'],
  ['hrm.im_size', 'wide', 'a whole number from 1 to 8192 is needed, got NaN'],
  ['hrm.im_size', '8192', 'an image of 8192 x 8192 pixels takes [\\d.]+ GB, the limit is 4 GB'],
  ['hrm.channels', '2', '1 or 3 is needed, got 2'],
  ['hrm.classes', '[]', 'at least 2 classes are needed, got 0'],
  ['hrm.classes', JSON.stringify(['a', 'b'.repeat(1001)]), 'at most 1000 characters, got 1001'],
  ['hrm.classes', JSON.stringify(Array(1_000_001).fill('a')), 'at most 1000000, got 1000001'],
  ['hrm.classes', '['.repeat(1e6), 'is no JSON'],
  ['hrm.training', `${'{"a":'.repeat(1e5)}1${'}'.repeat(1e5)}`, 'is nested more than 100 deep'],
])('%s: rejects impossible metadata with the rule and the value', (key, value, message) => {
  expect(() => decodeModel(changedMetadata(file, { [key]: value }), 'a.onnx')).toThrow(
    new RegExp(`^a\\.onnx: damaged metadata, '${key}(\\.\\d+)?': ${message}$`),
  );
});

test('a size that the network does not accept names the file, too', () => {
  expect(() => decodeModel(changedMetadata(file, { 'hrm.im_size': '33' }), 'a.onnx')).toThrow(
    'a.onnx: image size: a multiple of 32 is needed, got 33',
  );
});

test('a class name with a line break does not start a new line', () => {
  const classes = ['a\n\u001b[31merror: lost', 'b'];
  const read = decodeModel(changedMetadata(file, { 'hrm.classes': JSON.stringify(classes) }), 'a.onnx');
  expect(read.classes).toEqual(['a\\n\\x1b[31merror: lost', 'b']);
});
