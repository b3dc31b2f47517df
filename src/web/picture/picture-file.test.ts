import { expect, test } from 'vitest';
import { openPicture } from './picture-file.ts';

test('what begins like no picture is refused by name, before a browser tries', async () => {
  await expect(openPicture(new Blob(['hello']), 'a.txt')).rejects.toThrow('a.txt is not an image');
  await expect(openPicture(new Blob([]), 'a.png')).rejects.toThrow('a.png is empty');
});
