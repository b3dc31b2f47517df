/** The panels of a CRF's figure that differ from the default, and the parameters used. */
import type { CrfRefinement } from '../refine/refinement.ts';
import type { crfSteps } from '../refine/steps.ts';
import { formatNumber } from './font.ts';
import { keptNote } from './kept-words.ts';
import type { Rgb } from './mask-picture.ts';
import { type LegendEntry, outlineOf, percentOf } from './panel.ts';
import { markColor, type OwnPanels } from './step-panels.ts';

/** After Okabe and Ito: distinguishable with every common form of colour blindness. */
const keptColor: Rgb = [213, 60, 0];

export function crfPanels({ options, ...r }: CrfRefinement): OwnPanels<typeof crfSteps> {
  const [height, width] = r.colours.shape;
  return {
    probabilities: { note: `weight ${formatNumber(options.crfWeight)}, ${width} × ${height} cells` },
    colours: { note: `means of ${width} × ${height} cells` },
    affinity: {
      note: `reach ${formatNumber(options.crfSpatial)}, colour ${formatNumber(options.crfColour)}`,
    },
    merged: { note: 'bilinear, from 0 to 1' },
    kept: {
      note: keptNote(options, r.kept),
      tint: 'image',
      over: outlineOf(r.kept, keptColor),
    },
    result: { note: `${percentOf(r.kept)} of the image` },
  };
}

/** The meanings of the colours. */
export const crfLegend: readonly LegendEntry[] = [
  { color: markColor, name: 'peak: the highest logit', outline: true },
  { color: keptColor, name: 'what the result keeps', outline: true },
];
