import { expect, test } from 'vitest';
import { openPicture, pictureKind } from './picture-file.ts';

test('what begins like no picture is refused by name, before a browser tries', async () => {
  await expect(openPicture(new Blob(['hello']), 'a.txt')).rejects.toThrow('a.txt is not in an image format');
  await expect(openPicture(new Blob([]), 'a.png')).rejects.toThrow('a.png is empty');
});

test('a picture is known by how it begins, not by its name', async () => {
  expect(await pictureKind(new Blob([new Uint8Array([0xff, 0xd8, 0xff, 0xe0])]))).toBe('JPEG');
  expect(await pictureKind(new Blob([new Uint8Array([0x08, 0x08, 0x12, 0x04])]))).toBeUndefined();
  expect(await pictureKind(new Blob([]))).toBeUndefined();
});
