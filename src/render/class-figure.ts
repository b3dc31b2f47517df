/**
 * A picture with the evidence for its classes: a column for each class, with its map over the picture and the
 * part that is kept.
 */
import type { Mask, Picture, Tensor } from '../tensor/tensor.ts';
import { percent } from '../text/percent.ts';
import { fitText, fontFamily, wrapText } from './font.ts';
import { type Box, type Medium, svgMedium } from './medium.ts';
import { overlay } from './overlay.ts';
import { cutOut, frame, type Prediction, panelNote, percentOf, predictionBars } from './panel.ts';
import { shrinkPixels } from './resample.ts';
import { element, svgDocument, text } from './svg.ts';

/** The evidence for a class. */
export interface ClassColumn {
  /** The class; default none. */
  readonly name?: string;
  /** In [0, 1]; default none. */
  readonly probability?: number;
  /** The map in levels, uint8 `[H, W]`, from its lowest value, 0, to its highest, 255. */
  readonly levels: Tensor<'uint8'>;
  /** What is kept, uint8 `[H, W]`, 0 or 1. */
  readonly mask: Mask;
}

export interface ClassFigureOptions {
  /** Heading; default none. */
  readonly title?: string;
  /** Text below all, wrapped to the figure's width; default none. */
  readonly caption?: string;
  /** Size of the picture itself, in pixels, if it is shown smaller; default: that of the picture given. */
  readonly size?: { readonly height: number; readonly width: number };
  /** Drawn as bars below the picture, most probable first; default none. */
  readonly predictions?: readonly Prediction[];
}

/** In SVG units. */
const side = 260;
const gap = 18;
const margin = 16;
const captionHeight = 44;
const lineHeight = 17;

/**
 * Draws the picture and, for each class, its map over it and the part that is kept.
 * @param picture uint8 `[H, W, 3]`, in its own proportions, of the columns' height and width
 * @param medium takes the pictures; default: embeds them into the document
 * @returns an SVG document
 * @throws when there is no column, or one has another size than the picture
 */
export function drawClasses(
  picture: Picture,
  columns: readonly ClassColumn[],
  { title, caption, size, predictions = [] }: ClassFigureOptions = {},
  medium: Medium = svgMedium,
): string {
  if (columns.length === 0) throw new Error('drawClasses: needs at least one class, got none');
  const [pixelRows, pixelColumns] = picture.shape;
  const scale = side / Math.max(pixelRows, pixelColumns);
  // Wide enough for the text below.
  const [width, height] = [Math.max(pixelColumns * scale, 150), pixelRows * scale];
  const top = margin + (title === undefined ? 0 : 30);
  const rowHeight = height + captionHeight;
  const total = margin * 2 + (columns.length + 1) * width + columns.length * gap;
  const box = (column: number, row: number): Box => ({
    left: margin + column * (width + gap) + (width - pixelColumns * scale) / 2,
    top: top + row * rowHeight,
    width: pixelColumns * scale,
    height,
  });
  const panel = (column: number, row: number, content: Picture, heading: string, note: string): string => {
    const at = box(column, row);
    const left = margin + column * (width + gap);
    const fitted = fitText(heading, width, 14, 10, 600);
    const small = medium.scales ? content : shrinkPixels(content, 2 * side);
    return (
      medium.place(small, at) +
      frame(at) +
      text(fitted.content, {
        x: left,
        y: at.top + height + 17,
        'font-size': fitted.size,
        'font-weight': 600,
        fill: '#111111',
      }) +
      panelNote(note, left, at.top + height + 33, width, medium)
    );
  };
  const parts = columns.flatMap(({ name = 'Refined CAM', probability, levels, mask }, i) => {
    const note = probability === undefined ? 'refined CAM' : `${percent(probability)}, refined CAM`;
    return [
      panel(i + 1, 0, overlay(picture, levels), name, note),
      panel(i + 1, 1, cutOut(picture, mask), 'Kept', `${percentOf(mask)} of the picture`),
    ];
  });
  const { height: rows, width: across } = size ?? { height: pixelRows, width: pixelColumns };
  parts.unshift(panel(0, 0, picture, 'Picture', `${across} × ${rows} pixels`));
  const shown = predictions.slice(0, 5);
  if (shown.length > 0) parts.push(predictionBars(shown, { ...box(0, 1), left: margin, width }));
  if (title !== undefined) {
    const fitted = fitText(title, total - 2 * margin, 18, 12, 600);
    const style = { x: margin, y: margin + 15, 'font-weight': 600, fill: '#111111' };
    parts.push(text(fitted.content, { ...style, 'font-size': fitted.size }));
  }
  const lines = wrapText(caption ?? '', total - 2 * margin, 13);
  const bottom = top + 2 * rowHeight;
  lines.forEach((line, i) => {
    const y = bottom + 10 + i * lineHeight;
    parts.push(text(line, { x: margin, y, 'font-size': 13, fill: '#333333' }));
  });
  const named = columns.map(({ name, probability }) =>
    [name ?? 'a class', probability === undefined ? '' : ` (${percent(probability)})`].join(''),
  );
  return svgDocument(
    {
      width: total,
      height: bottom + lines.length * lineHeight + margin / 2,
      title: title ?? 'A picture and its classes',
      description: `The picture, and for ${named.join(', ')} the refined class activation map over it and the part that is kept.`,
      background: medium.background,
    },
    element('g', { 'font-family': fontFamily }, ...parts),
  );
}
