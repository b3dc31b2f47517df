/** Test pictures with their maps, for a training's page. */
import type { CamSample } from '../render/cam-sheet.ts';
import { overlay } from '../render/overlay.ts';
import { shrinkPixels } from '../render/resample.ts';
import { pngDataUri } from '../render/svg.ts';
import type { Picture } from '../tensor/tensor.ts';
import { percent } from '../text/percent.ts';
import { escapeHtml } from './page.ts';

/** Pictures are embedded with up to twice this size, in pixels. */
const side = 160;

/** The pictures with their maps over them, as HTML with embedded pictures. */
export function samplesSection(samples: readonly CamSample[]): string {
  const high = samples.some(({ highCam }) => highCam);
  return `<section>
<h2>Where the evidence lies</h2>
<p>Test pictures, each followed by the class activation map of its predicted class: the low-resolution map${high ? ', then the high-resolution one' : ''}. Warm colours speak for the class.</p>
<div class="samples">
${samples.map(sample).join('\n')}
</div>
</section>`;
}

function sample({ name, image, lowCam, highCam, predicted, probability, truth }: CamSample): string {
  const small = shrinkPixels(image, side);
  const picture = (content: Picture, alt: string): string =>
    `<img src="${pngDataUri(content)}" alt="${escapeHtml(alt)}">`;
  const wrong = truth !== undefined && truth !== predicted;
  const verdict = wrong ? ` <span class="wrong">wrong: it is ${escapeHtml(truth)}</span>` : '';
  return `<figure>
<div class="maps">${picture(small, name)}${picture(overlay(small, lowCam), `${name}, low-resolution map of ${predicted}`)}${
    highCam ? picture(overlay(small, highCam), `${name}, high-resolution map of ${predicted}`) : ''
  }</div>
<figcaption><b>${escapeHtml(predicted)}</b> ${percent(probability)}${verdict}</figcaption>
</figure>`;
}
