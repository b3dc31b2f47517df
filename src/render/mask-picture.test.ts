import { expect, test } from 'vitest';
import { tensor } from '../tensor/tensor.ts';
import { hexColor, maskOutline, maskParts, maskPicture } from './mask-picture.ts';

test('shows the image or the tint inside, pale grey outside', () => {
  const image = tensor('uint8', [1, 3, 3], [200, 10, 30, 200, 10, 30, 200, 10, 30]);
  const { data } = maskPicture(image, [
    { mask: tensor('uint8', [1, 3], [1, 1, 0]), tint: [0, 0, 255] },
    { mask: tensor('uint8', [1, 3], [0, 1, 0]), tint: 'image' },
  ]);
  expect(data[2]).toBeGreaterThan(180);
  expect(data[0]).toBe(data[1]);
  expect([...data.subarray(3, 6)]).toEqual([200, 10, 30]);
  expect(data[6]).toBeGreaterThan(180);
  expect([data[7], data[8]]).toEqual([data[6], data[6]]);
});

test('rejects a mask of another size', () => {
  expect(() =>
    maskPicture(tensor('uint8', [2, 2, 3]), [{ mask: tensor('uint8', [2, 3]), tint: 'image' }]),
  ).toThrow('the mask is [2,3], the image [2,2,3]');
});

test('the outline follows pixel edges, straight runs in one piece', () => {
  const mask = tensor('uint8', [3, 4], [0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
  expect(maskOutline(mask, 10, 20, 2, 3)).toBe('M12 23H16M12 26H16M12 23V26M16 23V26');
  expect(maskOutline(tensor('uint8', [2, 2]), 0, 0, 1, 1)).toBe('');
});

test('joins parts that touch at corners', () => {
  const mask = tensor('uint8', [3, 5], [1, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0]);
  expect(maskParts(mask)).toEqual([
    { left: 0, top: 0, right: 2, bottom: 2 },
    { left: 4, top: 0, right: 5, bottom: 2 },
  ]);
});

test('formats colours as hexadecimal numbers', () => {
  expect(hexColor([0, 114, 255])).toBe('#0072ff');
});
