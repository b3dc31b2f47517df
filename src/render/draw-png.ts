/**
 * Figures as PNG in Node, faster than through SVG: resvg draws only lines and text, libvips scales the
 * pictures and places them beneath, and nothing is compressed in between.
 */
import sharp from 'sharp';
import type { Picture } from '../tensor/tensor.ts';
import type { Box, Medium } from './medium.ts';
import { renderSvg } from './rasterize.ts';

interface Placed {
  picture: Picture;
  box: Box;
}

/**
 * Draws a figure as a PNG file (8-bit RGB, white page). Pictures are below everything else.
 * @param draw draws the figure as SVG on a medium, as `drawPipeline`, `drawOverlay` and `drawCamSheet` do
 * @param scale pixels per SVG unit; default 2
 * @returns the bytes of the PNG file
 * @throws as `draw` and `rasterize` do
 * @example
 * ```ts
 * import { drawOverlay, tensor } from 'high-res-mapping';
 * import { drawPng, readPicture, writeFileWhole } from 'high-res-mapping/node';
 *
 * const picture = await readPicture('samples/star.jpg');
 * const map = tensor('float32', [2, 2], Float32Array.of(0, 1, 0, 0));
 * const png = await drawPng((medium) => drawOverlay(picture, map, { title: 'a star' }, medium), 1);
 * await writeFileWhole('star-figure.png', png);
 * console.log((await readPicture(png)).shape); //=> [ 368, 405, 3 ]
 * ```
 */
export async function drawPng(draw: (medium: Medium) => string, scale: number = 2): Promise<Uint8Array> {
  const placed: Placed[] = [];
  const place: Medium['place'] = (picture, box) => {
    placed.push({ picture, box });
    return '';
  };
  const svg = draw({ place, background: 'none' });
  const { width, height, pixels } = renderSvg(svg, { scale, background: 'transparent' });
  const page = new Uint8Array(3 * width * height).fill(255);
  await Promise.all(placed.map(({ picture, box }) => lay(picture, scaled(box, scale), page, width)));
  cover(page, pixels);
  // Level 3 takes half the time of level 6, and 5 % more bytes.
  return sharp(page, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 3 })
    .toBuffer();
}

/** A box in whole pixels, at least one wide and high. */
function scaled(box: Box, scale: number): Box {
  const left = Math.round(box.left * scale);
  const top = Math.round(box.top * scale);
  return {
    left,
    top,
    width: Math.max(1, Math.round((box.left + box.width) * scale) - left),
    height: Math.max(1, Math.round((box.top + box.height) * scale) - top),
  };
}

/** Draws a picture onto an RGB page, `pageWidth` pixels wide. */
async function lay(picture: Picture, box: Box, page: Uint8Array, pageWidth: number): Promise<void> {
  const [height, width, channels] = picture.shape;
  const rows = await sharp(picture.data, { raw: { width, height, channels: channels as 1 | 3 } })
    .resize(box.width, box.height, { fit: 'fill', kernel: 'cubic' })
    .toColourspace('srgb')
    .raw()
    .toBuffer();
  const rowLength = 3 * box.width;
  for (let y = 0; y < box.height; y++) {
    const to = 3 * ((box.top + y) * pageWidth + box.left);
    page.set(rows.subarray(y * rowLength, (y + 1) * rowLength), to);
  }
}

/** Draws a layer of premultiplied RGBA over an RGB page. */
function cover(page: Uint8Array, layer: Uint8Array): void {
  const words = new Uint32Array(layer.buffer, layer.byteOffset, layer.length / 4);
  for (let i = 0; i < words.length; i++) {
    if (words[i] === 0) continue;
    const rest = 255 - layer[4 * i + 3];
    for (let c = 0; c < 3; c++)
      page[3 * i + c] = layer[4 * i + c] + Math.round((page[3 * i + c] * rest) / 255);
  }
}
