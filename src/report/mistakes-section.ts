/** Pictures with wrong predictions, with the maps of the predicted class and of the true one. */
import type { ValueRange } from '../render/colormap.ts';
import { type OverlayOptions, overlay } from '../render/overlay.ts';
import { shrinkPixels } from '../render/resample.ts';
import { pngDataUri } from '../render/svg.ts';
import type { FloatMap, Picture } from '../tensor/tensor.ts';
import { percent } from '../text/percent.ts';
import { escapeHtml } from './page.ts';

/** A picture with a wrong prediction. */
export interface Mistake {
  /** The file's name. */
  readonly name: string;
  /** uint8 `[H, W, 3]` or `[H, W, 1]`. */
  readonly image: Picture;
  readonly predicted: ExplainedClass;
  readonly truth: ExplainedClass;
}

/** A class, and the maps of its evidence in a picture. */
export interface ExplainedClass {
  readonly name: string;
  /** In [0, 1]. */
  readonly probability: number;
  /** The low-resolution CAM, float32, of any size. */
  readonly lowCam: FloatMap;
  /** The high-resolution CAM, float32; only of full models, and shown only for the predicted class. */
  readonly highCam?: FloatMap;
}

/** Pictures are embedded with up to twice this size, in pixels. */
const side = 160;

/** The mistakes as HTML, in the given order, with embedded pictures. Empty if there are none. */
export function mistakesSection(mistakes: readonly Mistake[]): string {
  if (mistakes.length === 0) return '';
  const high = mistakes.some(({ predicted }) => predicted.highCam);
  return `<section>
<h2>Worst mistakes</h2>
<p>The wrong predictions with the most confidence: their probability exceeds that of the true class the most. Each picture is followed by
the low-resolution maps of the predicted and of the true class, on one scale: red speaks for the class, blue against it.${
    high ? ' The high-resolution map of the predicted class has a scale of its own.' : ''
  }</p>
<div class="mistakes">
${mistakes.map(figure).join('\n')}
</div>
</section>`;
}

function figure({ name, image, predicted, truth }: Mistake): string {
  const small = shrinkPixels(image, side);
  const common: OverlayOptions = { range: commonRange(predicted.lowCam, truth.lowCam) };
  const tile = (content: Picture, alt: string, label: string): string =>
    `<div><img src="${pngDataUri(content)}" alt="${escapeHtml(alt)}"><small>${escapeHtml(label)}</small></div>`;
  const low = ({ lowCam, name: of }: ExplainedClass): string =>
    tile(overlay(small, lowCam, common), `${name}, low-resolution map of ${of}`, `low-res: ${of}`);
  const { highCam } = predicted;
  const tiles = [
    tile(small, name, 'picture'),
    low(predicted),
    low(truth),
    highCam
      ? tile(
          overlay(small, highCam, { range: 'symmetric' }),
          `${name}, high-resolution map of ${predicted.name}`,
          `high-res: ${predicted.name}`,
        )
      : '',
  ];
  return `<figure>
<figcaption>predicted <b class="wrong">${escapeHtml(predicted.name)}</b> ${percent(predicted.probability)}, truly <b>${escapeHtml(truth.name)}</b> ${percent(truth.probability)}</figcaption>
<div class="maps">${tiles.join('')}</div>
<small>${escapeHtml(name)}</small>
</figure>`;
}

/** From -m to m, where m is the largest magnitude in all maps. */
function commonRange(...maps: readonly FloatMap[]): ValueRange {
  let most = 0;
  for (const { data } of maps) for (const value of data) most = Math.max(most, Math.abs(value));
  return most === 0 ? 'symmetric' : [-most, most];
}
