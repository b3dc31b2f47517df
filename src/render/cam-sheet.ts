/** Pictures with their maps side by side on one sheet, for an overview of what a model sees. */
import type { FloatMap, Picture } from '../tensor/tensor.ts';
import { percent } from '../text/percent.ts';
import { fitText, fontFamily, textWidth } from './font.ts';
import { overlay } from './overlay.ts';
import { enlargePixels, pictureSize, shrinkPixels } from './resample.ts';
import { element, pngDataUri, svgDocument, text } from './svg.ts';

/** A picture, the model's prediction for it, and the maps of the predicted class. */
export interface CamSample {
  /** The file's name. */
  readonly name: string;
  /** uint8 `[H, W, 3]` or `[H, W, 1]`. */
  readonly image: Picture;
  /** The low-resolution CAM, float32, of any size. */
  readonly lowCam: FloatMap;
  /** The high-resolution CAM, float32; of a full model. */
  readonly highCam?: FloatMap;
  readonly predicted: string;
  /** In [0, 1]. */
  readonly probability: number;
  /** The true class, if it is known. */
  readonly truth?: string;
}

const tile = 144;
const gap = 4;
const margin = 16;
const captionHeight = 42;

/**
 * Draws each sample as a row of tiles: the picture, the low-resolution map over it, and the high-resolution
 * map if there is one; below them the predicted class, its probability, and the true class if it is another.
 * @param columns samples a row; default 3, or the number of samples if that is less
 * @returns an SVG document
 * @throws when there is no sample, a probability is outside [0, 1], or as `overlay` does
 * @example
 * ```ts
 * import { drawCamSheet, random, renderScene, tensor } from 'high-res-mapping';
 * import { writeFileWhole } from 'high-res-mapping/node';
 *
 * const { picture: image } = renderScene({ shape: 'star', size: 64, random: random(1) });
 * const lowCam = tensor('float32', [2, 2], [0, 0, 1, 0]);
 * const right = { name: 'a.jpg', image, lowCam, predicted: 'star', probability: 0.98 };
 * const svg = drawCamSheet([right, { ...right, name: 'b.jpg', predicted: 'cross', truth: 'star' }]);
 * await writeFileWhole('sheet.svg', svg);
 * console.log(svg.split('<image').length - 1); //=> 4
 * console.log(svg.includes('wrong: it is star')); //=> true
 * ```
 */
export function drawCamSheet(
  samples: readonly CamSample[],
  { columns = Math.min(3, samples.length) }: { columns?: number } = {},
): string {
  if (samples.length === 0) throw new Error('drawCamSheet: needs at least one picture, got none');
  if (!(Number.isInteger(columns) && columns >= 1)) {
    throw new Error(`drawCamSheet: columns must be a whole number >= 1, got ${columns}`);
  }
  const tiles = samples.some(({ highCam }) => highCam) ? 3 : 2;
  const width = tiles * tile + (tiles - 1) * gap;
  const rows = Math.ceil(samples.length / columns);
  const parts = samples.map((sample, i) => {
    const left = margin + (i % columns) * (width + margin);
    const top = margin + Math.floor(i / columns) * (tile + captionHeight + margin / 2);
    return drawSample(sample, left, top, width);
  });
  return svgDocument(
    {
      width: margin + columns * (width + margin),
      height: margin + rows * (tile + captionHeight + margin / 2),
      title: 'Pictures and class activation maps',
      description: samples.map(({ name, predicted }) => `${name}: ${predicted}`).join('; '),
    },
    element('g', { 'font-family': fontFamily }, ...parts),
  );
}

function drawSample(sample: CamSample, left: number, top: number, width: number): string {
  const { name, image, lowCam, highCam, predicted, probability, truth } = sample;
  if (!(probability >= 0 && probability <= 1)) {
    throw new Error(`drawCamSheet: a probability must be in [0, 1], '${name}' has ${probability}`);
  }
  pictureSize(image, 'drawCamSheet');
  const small = shrinkPixels(image, 2 * tile);
  const pictures = [small, overlay(small, lowCam), ...(highCam ? [overlay(small, highCam)] : [])];
  const parts = pictures.map((picture, i) =>
    element('image', {
      x: left + i * (tile + gap),
      y: top,
      width: tile,
      height: tile,
      href: pngDataUri(enlargePixels(picture, 2 * tile)),
    }),
  );
  const share = percent(probability);
  const room = width - textWidth(share, 13) - 8;
  const fitted = fitText(predicted, room, 14, 10, 600);
  const first = { y: top + tile + 18, fill: '#111111' };
  parts.push(
    text(fitted.content, { ...first, x: left, 'font-size': fitted.size, 'font-weight': 600 }),
    text(share, {
      ...first,
      x: left + textWidth(fitted.content, fitted.size, 600) + 8,
      'font-size': 13,
      fill: '#555555',
    }),
  );
  if (truth !== undefined && truth !== predicted) {
    const wrong = fitText(`wrong: it is ${truth}`, width, 13, 10);
    parts.push(
      text(wrong.content, { x: left, y: top + tile + 35, 'font-size': wrong.size, fill: '#b3202f' }),
    );
  }
  return parts.join('');
}
