/** Test pictures with their maps, for a training's page. */
import { overlay } from '../render/overlay.ts';
import { shrinkPixels } from '../render/resample.ts';
import { pngDataUri } from '../render/svg.ts';
import type { FloatMap, Picture } from '../tensor/tensor.ts';
import { escapeHtml } from './page.ts';

export interface ReportSample {
  /** Of the file. */
  readonly name: string;
  /** uint8 `[H, W, 3]` or `[H, W, 1]`. */
  readonly image: Picture;
  /** The low-resolution CAM of the predicted class, float32, of any size. */
  readonly lowCam: FloatMap;
  /** The high-resolution one; full model. */
  readonly highCam?: FloatMap;
  readonly predicted: string;
  /** In [0, 1]. */
  readonly probability: number;
  /** The true class, where it is known. */
  readonly truth?: string;
}

/** Pictures stand in the page at up to twice this size, in pixels. */
const side = 160;

/** The pictures with their maps laid over them, as HTML; they are part of it. */
export function samplesSection(samples: readonly ReportSample[]): string {
  const high = samples.some(({ highCam }) => highCam);
  return `<section>
<h2>Where the evidence lies</h2>
<p>Test pictures, each followed by the class activation map of its predicted class: the low-resolution map${high ? ', then the high-resolution one' : ''}. Warm colours speak for the class.</p>
<div class="samples">
${samples.map(sample).join('\n')}
</div>
</section>`;
}

function sample({ name, image, lowCam, highCam, predicted, probability, truth }: ReportSample): string {
  const small = shrinkPixels(image, side);
  const picture = (content: Picture, alt: string): string =>
    `<img src="${pngDataUri(content)}" alt="${escapeHtml(alt)}">`;
  const wrong = truth !== undefined && truth !== predicted;
  const verdict = wrong ? ` <span class="wrong">wrong: it is ${escapeHtml(truth)}</span>` : '';
  return `<figure>
<div class="maps">${picture(small, name)}${picture(overlay(small, lowCam), `${name}, low-resolution map of ${predicted}`)}${
    highCam ? picture(overlay(small, highCam), `${name}, high-resolution map of ${predicted}`) : ''
  }</div>
<figcaption><b>${escapeHtml(predicted)}</b> ${(100 * probability).toFixed(1)} %${verdict}</figcaption>
</figure>`;
}
