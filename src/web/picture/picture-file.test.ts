import { expect, test } from 'vitest';
import { openPicture, pictureKind } from './picture-file.ts';

test('rejects a file by its first bytes, with its name, before decoding', async () => {
  await expect(openPicture(new Blob(['hello']), 'a.txt')).rejects.toThrow('a.txt is not in an image format');
  await expect(openPicture(new Blob([]), 'a.png')).rejects.toThrow('a.png is empty');
});

test('recognises a picture by its first bytes, not by its name', async () => {
  expect(await pictureKind(new Blob([new Uint8Array([0xff, 0xd8, 0xff, 0xe0])]))).toBe('JPEG');
  expect(await pictureKind(new Blob([new Uint8Array([0x08, 0x08, 0x12, 0x04])]))).toBeUndefined();
  expect(await pictureKind(new Blob([]))).toBeUndefined();
});
