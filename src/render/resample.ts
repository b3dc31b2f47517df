/** Resizes pictures for drawing. */
import { type Picture, tensor } from '../tensor/tensor.ts';

/**
 * Height, width and channels of a picture.
 * @throws when the shape is not `[H, W, 1]` or `[H, W, 3]` with at least one pixel
 */
export function pictureSize(
  picture: Picture,
  what: string,
): { height: number; width: number; channels: number } {
  const [height, width, channels] = picture.shape;
  if (picture.shape.length !== 3 || height < 1 || width < 1 || (channels !== 1 && channels !== 3)) {
    throw new Error(
      `${what}: a picture must have shape [H, W, 3] or [H, W, 1], this one has [${picture.shape}]`,
    );
  }
  return { height, width, channels };
}

/** A picture as RGB: the same object if it is RGB already; grey is copied to the three channels. */
export function toRgb(picture: Picture): Picture {
  const { height, width, channels } = pictureSize(picture, 'toRgb');
  if (channels === 3) return picture;
  const data = new Uint8Array(3 * height * width);
  for (let i = 0; i < data.length; i++) data[i] = picture.data[Math.floor(i / 3)];
  return tensor('uint8', [height, width, 3], data);
}

/**
 * Enlarges a picture by a whole factor by repeating its pixels; its longer side stays within `side` pixels.
 * Viewers smooth what they enlarge; pixels enlarged here stay square. A picture larger than half of `side` is
 * returned unchanged.
 * @param picture uint8 `[H, W, C]`, any C
 */
export function enlargePixels(picture: Picture, side: number): Picture {
  const [height, width, channels] = picture.shape;
  const times = Math.floor(side / Math.max(height, width));
  if (times <= 1) return picture;
  const rowLength = width * times * channels;
  const data = new Uint8Array(height * times * rowLength);
  for (let y = 0; y < height; y++) {
    const start = y * times * rowLength;
    for (let x = 0, to = start; x < width; x++) {
      const from = (y * width + x) * channels;
      for (let end = to + times * channels; to < end; to += channels) {
        for (let c = 0; c < channels; c++) data[to + c] = picture.data[from + c];
      }
    }
    for (let copy = 1; copy < times; copy++) {
      data.copyWithin(start + copy * rowLength, start, start + rowLength);
    }
  }
  return tensor('uint8', [height * times, width * times, channels], data);
}

/**
 * Shrinks a picture by a whole factor by averaging its pixels; the factor is the smallest that brings its
 * longer side below twice `side`. Incomplete blocks at the ends are averaged separately. A smaller picture is
 * returned unchanged.
 * @param picture uint8 `[H, W, C]`, any C
 */
export function shrinkPixels(picture: Picture, side: number): Picture {
  const [height, width, channels] = picture.shape;
  const times = Math.floor(Math.max(height, width) / side);
  if (times <= 1) return picture;
  const [rows, columns] = [Math.ceil(height / times), Math.ceil(width / times)];
  const data = new Uint8Array(rows * columns * channels);
  for (let y = 0; y < rows; y++) {
    const bottom = Math.min((y + 1) * times, height);
    for (let x = 0; x < columns; x++) {
      const right = Math.min((x + 1) * times, width);
      const count = (bottom - y * times) * (right - x * times);
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let row = y * times; row < bottom; row++) {
          for (let column = x * times; column < right; column++) {
            sum += picture.data[(row * width + column) * channels + c];
          }
        }
        data[(y * columns + x) * channels + c] = Math.round(sum / count);
      }
    }
  }
  return tensor('uint8', [rows, columns, channels], data);
}
