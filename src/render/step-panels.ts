/** The panels of a figure: each by its step's kind, unless the refiner draws it itself. */
import { outcomeOf, type Refinement } from '../refine/refinement.ts';
import type { PlacedStep, Point, Step, Steps } from '../refine/steps.ts';
import { type FloatMap, type Mask, mapSize, type Picture, type Tensor } from '../tensor/tensor.ts';
import { colorize } from './colormap.ts';
import { hexColor, type maskPainter, type Rgb } from './mask-picture.ts';
import type { Box, Medium } from './medium.ts';
import {
  type ColorScale,
  colorMap,
  colorScale,
  cutOut,
  frame,
  framed,
  type Panel,
  percentOf,
} from './panel.ts';
import { pictureSize } from './resample.ts';
import { element } from './svg.ts';

/** How a step's panel differs from the default of its kind. */
export interface OwnPanel {
  readonly note?: Panel['note'];
  /** For a mask: the colour of its pixels, or 'image', as in the image. */
  readonly tint?: Rgb | 'image';
  readonly picture?: () => Picture;
  /** SVG over the picture. */
  readonly over?: (box: Box) => string;
}

/** The panel of a step that is not a picture. */
export interface Plot {
  readonly note: Panel['note'];
  /** SVG that fills the panel's cell. */
  readonly plot: (box: Box) => string;
}

/** The steps of a figure that are not pictures. */
type Plotted<T extends Steps> = {
  [Name in PlacedStep<T>]: T[Name]['kind'] extends 'interval' | 'point' ? Name : never;
}[PlacedStep<T>];

/** The panels that a refiner draws itself: pictures optionally, plots always. */
export type OwnPanels<T extends Steps> = Readonly<
  Partial<Record<Exclude<PlacedStep<T>, Plotted<T>>, OwnPanel>> & Record<Plotted<T>, Plot>
>;

export type MaskPainter = ReturnType<typeof maskPainter>;

/** The default tint of masks; after Okabe and Ito, as all colours of steps. */
const maskTint: Rgb = [86, 180, 233];
/** The colour of the ring around a step's point. */
export const markColor: Rgb = [0, 158, 115];

/**
 * The panels of a refiner's figure. The content of each is computed when it is drawn.
 * @param steps of the refiner
 * @param own the panels that the refiner draws itself
 * @param paint the painter of the image
 * @throws when a step has another size than it should, or a map with its own unit has a value that is not
 * finite
 */
export function stepPanels<Name extends string>(
  names: readonly Name[],
  steps: Steps,
  refinement: Refinement,
  own: Partial<Record<Name, OwnPanel | Plot>>,
  medium: Medium,
  paint: MaskPainter,
): Readonly<Record<Name, Panel>> {
  checkSizes(steps, refinement);
  const panels = names.map((name): [Name, Panel] => {
    const { title } = steps[name];
    const how = own[name] ?? {};
    if ('plot' in how) {
      return [name, { title, note: how.note, fills: true, draw: (box) => how.plot(box) + frame(box) }];
    }
    const usual = byKind(steps[name], outcomeOf(refinement, name) as Tensor, refinement, paint, how.tint);
    const { note = usual.note(), picture = usual.picture, over = usual.over } = how;
    return [name, { title, note, draw: framed(medium, picture, over) }];
  });
  return Object.fromEntries(panels) as Record<Name, Panel>;
}

/** The default panel for a step's kind. */
function byKind(
  { kind, cutBy, marks }: Step,
  map: Tensor,
  refinement: Refinement,
  paint: MaskPainter,
  tint: Rgb | 'image' = maskTint,
): { readonly note: () => Panel['note']; readonly picture: () => Picture; readonly over?: OwnPanel['over'] } {
  const over = marks === undefined ? undefined : ringAt(outcomeOf(refinement, marks) as Point, map);
  if (kind === 'raw') {
    const scale = (): ColorScale => colorScale(map as FloatMap);
    return { note: scale, picture: () => colorMap(map as FloatMap, scale()), over };
  }
  if (kind === 'unit') {
    const colors = { colormap: 'magma', range: [0, 1] } as const;
    return { note: () => 'from 0 to 1', picture: () => colorize(map as FloatMap, colors), over };
  }
  if (kind === 'mask') {
    const mask = map as Mask;
    return { note: () => `${percentOf(mask)} of the image`, picture: () => paint([{ mask, tint }]), over };
  }
  const [height, width] = map.shape;
  const picture = (): Picture =>
    cutBy === undefined ? (map as Picture) : cutOut(map as Picture, outcomeOf(refinement, cutBy) as Mask);
  return { note: () => `${width} × ${height} pixels`, picture, over };
}

function ringAt({ x, y }: Point, { shape: [height, width] }: Tensor): (box: Box) => string {
  const at = (place: number, count: number, length: number): number =>
    Math.min(Math.max(((place + 0.5) / count) * length, 5), length - 5);
  return (box) => {
    const cx = box.left + at(x, width, box.width);
    const ring = { cx, cy: box.top + at(y, height, box.height), r: 4, fill: 'none' };
    return (
      element('circle', { ...ring, stroke: '#ffffff', 'stroke-width': 3.4 }) +
      element('circle', { ...ring, stroke: hexColor(markColor), 'stroke-width': 1.8 })
    );
  };
}

function checkSizes(steps: Steps, refinement: Refinement): void {
  for (const [name, { kind, size }] of Object.entries(steps)) {
    if (kind === 'interval' || kind === 'point') continue;
    const step = outcomeOf(refinement, name) as Tensor;
    if (size === undefined) {
      if (kind === 'picture') pictureSize(step as Picture, 'drawPipeline');
      else mapSize(step, 'drawPipeline');
      continue;
    }
    const { shape } = outcomeOf(refinement, size) as Tensor;
    if (
      step.shape.length !== (kind === 'picture' ? 3 : 2) ||
      step.shape.some((n, i) => i < 2 && n !== shape[i])
    ) {
      const like = size === 'colours' ? 'the grid of colours' : `the ${size}`;
      throw new Error(`drawPipeline: ${name} is [${step.shape}], ${like} [${shape}]`);
    }
  }
}
