import { expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.ts';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint-file.ts';

const content = { epoch: 3, loss: 0.1 + 0.2, name: 'ä\n' };
const tensors = new Map([
  ['a/kernel', tensor('float32', [2, 3], [1, -0, 1e-45, 3.4e38, 0.1, -7])],
  ['scalar', tensor('float32', [], [5])],
  ['none', tensor('float32', [0])],
]);
const bytes = encodeCheckpoint({ content, tensors });

test('content and tensors are unchanged bit for bit, at any alignment', () => {
  const places = [0, 1, 2, 3].map((shift) => new Uint8Array(bytes.length + shift).subarray(shift));
  for (const elsewhere of [...places, Buffer.alloc(bytes.length)]) {
    elsewhere.set(bytes);
    const read = decodeCheckpoint<typeof content>(elsewhere, 'a.ckpt');
    expect(read.content).toEqual(content);
    expect([...read.tensors]).toEqual([...tensors]);
    expect(Object.is(read.tensors.get('a/kernel')?.data[1], -0)).toBe(true);
  }
});

test('detects any cut and any changed byte', () => {
  for (let length = 0; length < bytes.length; length++) {
    expect(() => decodeCheckpoint(bytes.subarray(0, length), 'a.ckpt'), `${length}`).toThrow(
      length < 8 ? 'a.ckpt: not a checkpoint' : 'a.ckpt: the checkpoint is cut short',
    );
  }
  for (let i = 0; i < bytes.length; i++) {
    const changed = bytes.with(i, bytes[i] ^ 0x10);
    expect(() => decodeCheckpoint(changed, 'a.ckpt'), `${i}`).toThrow(
      /^a\.ckpt: (not a checkpoint|a checkpoint of format \d+, this program reads format 1|the checkpoint is (damaged|cut short))/,
    );
  }
  const longer = new Uint8Array(bytes.length + 1);
  longer.set(bytes);
  expect(() => decodeCheckpoint(longer, 'a.ckpt')).toThrow('the checkpoint is damaged');
});
