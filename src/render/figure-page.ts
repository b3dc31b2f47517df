/** A figure of panels in a grid with arrows between them: its layout, and everything around the panels. */
import type { PlacedStep, Steps } from '../refine/steps.ts';
import type { Picture } from '../tensor/tensor.ts';
import { percent } from '../text/percent.ts';
import { arrowColor, type Point } from './arrow.ts';
import { fitText, fontFamily, wrapText } from './font.ts';
import type { Box, Medium } from './medium.ts';
import { type Panel, type Prediction, panelNote, predictionBars } from './panel.ts';
import { coordinate, element, svgDocument, text } from './svg.ts';

export interface FigureOptions {
  /** Heading; default none. */
  title?: string;
  /** Text below the figure, wrapped to its width; default none. */
  caption?: string;
  /**
   * Width divided by height of the panels; default: the image's. For an image that was squashed: the
   * picture's own.
   */
  aspect?: number;
  /**
   * The classifier's predictions, most probable first; the first five are drawn as bars below the image.
   * Default none.
   */
  predictions?: readonly Prediction[];
}

/** Column and row. */
export type Place = readonly [column: number, row: number];

/** The places of the panels, in the order of their letters. */
export type Places<Name extends string> = Readonly<Record<Name, Place>>;

/** The places of the steps that have one, in reading order: to the right, in the third row to the left. */
export function placesOf<T extends Steps>(steps: T): Places<PlacedStep<T>> {
  const order = ([column, row]: Place): number => 1000 * row + (row === 2 ? -column : column);
  const placed = Object.entries(steps).flatMap(([name, { place }]) =>
    place ? [[name, place] as const] : [],
  );
  const sorted = placed.sort(([, a], [, b]) => order(a) - order(b));
  return Object.fromEntries(sorted) as unknown as Places<PlacedStep<T>>;
}

/**
 * The legend's place: the first free one, except that of the predictions below the image; a new column if
 * none is free.
 */
export function legendPlace(places: Places<string>): Place {
  const taken = [...Object.values(places), predictionsPlace];
  const free = (place: Place): boolean =>
    !taken.some(([column, row]) => column === place[0] && row === place[1]);
  const columns = columnsOf(places);
  const all = [0, 1, 2].flatMap((row) =>
    Array.from({ length: columns }, (_, column): Place => [column, row]),
  );
  return all.find(free) ?? [columns, 0];
}

/** Number of columns with panels. */
function columnsOf(places: Places<string>): number {
  return 1 + Math.max(...Object.values(places).map(([column]) => column));
}

const predictionsPlace: Place = [0, 1];

/** In SVG units. */
const captionHeight = 38;
export const leftGutter = 30;
const gapX = 46;
const channelHeight = 30;
const margin = 16;
const lineHeight = 17;

/** The grid along which arrows run. */
export interface ArrowGrid<Name extends string> {
  /** Height of the text below each picture. */
  captionHeight: number;
  cell(column: number, row: number): Box;
  /** The picture within its cell: centred, at the cell's bottom. */
  box(name: Name): Box;
  /** The middle of the gap to the right of a column. */
  gap(column: number): number;
  /** The middle of the channel below a row's captions. */
  channel(row: number): number;
}

export interface Grid<Name extends string> extends ArrowGrid<Name> {
  width: number;
  /** Where the panels, their captions and arrows end. */
  bottom: number;
  /** Where the predictions below the image begin; undefined: there are none. */
  predictionsTop: number | undefined;
  /** The box of the legend. */
  legend: Box;
}

/** @param places of the panels, in three rows; the cell below the image's is free, for predictions */
export function layout<Name extends string>(
  { shape: [imageHeight, imageWidth] }: Picture,
  places: Places<Name>,
  { title, aspect = imageWidth / imageHeight, predictions = [] }: FigureOptions,
): Grid<Name> {
  const count = Math.min(predictions.length, 5);
  // About the same area for any aspect; wide enough for the captions.
  const cellWidth = Math.min(Math.max(150 * Math.sqrt(aspect), 150), 230);
  const pictureHeight = Math.min(cellWidth / aspect, 240);
  const pictureWidth = pictureHeight * aspect;
  const cellHeight = Math.max(pictureHeight, count > 0 ? 146 : 118);
  const top = margin + (title === undefined ? 0 : 30);
  const pitchX = cellWidth + gapX;
  const pitchY = cellHeight + captionHeight + channelHeight;
  const legendAt = legendPlace(places);
  const columns = Math.max(columnsOf(places), legendAt[0] + 1);
  const cell = (column: number, row: number): Box => ({
    left: leftGutter + column * pitchX,
    top: top + row * pitchY,
    width: cellWidth,
    height: cellHeight,
  });
  const predicted = cell(...predictionsPlace);
  return {
    width: leftGutter + columns * cellWidth + (columns - 1) * gapX + margin,
    bottom: top + 3 * pitchY + 2,
    captionHeight,
    cell,
    box: (name) => {
      const [column, row] = places[name];
      const { left, top: cellTop } = cell(column, row);
      return {
        left: left + (cellWidth - pictureWidth) / 2,
        top: cellTop + cellHeight - pictureHeight,
        width: pictureWidth,
        height: pictureHeight,
      };
    },
    gap: (column) => leftGutter + (column + 1) * pitchX - gapX / 2,
    channel: (row) => top + (row + 1) * pitchY - channelHeight / 2,
    predictionsTop:
      count > 0 ? predicted.top + predicted.height - Math.min(predicted.height, 30 * count) : undefined,
    legend: cell(...legendAt),
  };
}

/** @throws when a probability is outside [0, 1] */
export function checkPredictions(predictions: readonly Prediction[] = []): void {
  for (const { name, probability } of predictions.slice(0, 5)) {
    if (!(probability >= 0 && probability <= 1)) {
      throw new Error(`drawPipeline: a probability must be in [0, 1], that of '${name}' is ${probability}`);
    }
  }
}

export interface FigureContent<Name extends string> {
  readonly panels: Readonly<Record<Name, Panel>>;
  /** SVG below and beside the panels. */
  readonly arrows: string;
  readonly legend: string;
  readonly description: string;
}

/** The SVG document: title, arrows, panels with letters and captions, predictions, legend, text below. */
export function drawFigure<Name extends string>(
  grid: Grid<Name>,
  places: Places<Name>,
  { panels, arrows, legend, description }: FigureContent<Name>,
  options: FigureOptions,
  medium: Medium,
): string {
  const names = Object.keys(places) as Name[];
  const drawn = [
    element('g', { 'data-panel': 'arrows' }, arrows),
    ...names.map((name, i) => {
      const { title, note, fills, draw } = panels[name];
      const [column, row] = places[name];
      const cell = grid.cell(column, row);
      return element(
        'g',
        { 'data-panel': name },
        draw(fills ? cell : grid.box(name)),
        heading(title, cell, String.fromCharCode(97 + i)),
        panelNote(note, cell.left, cell.top + cell.height + 32, cell.width, medium),
      );
    }),
    predictionsPanel(grid, options.predictions ?? [], medium),
    element('g', { 'data-panel': 'legend' }, legend),
  ];
  if (options.title !== undefined) {
    const fitted = fitText(options.title, grid.width - leftGutter - margin, 18, 12, 600);
    drawn.push(
      text(fitted.content, {
        x: leftGutter,
        y: margin + 15,
        'font-size': fitted.size,
        'font-weight': 600,
        fill: '#111111',
      }),
    );
  }
  const lines = wrapText(options.caption ?? '', grid.width - leftGutter - margin, 13);
  lines.forEach((line, i) => {
    drawn.push(
      text(line, {
        x: leftGutter,
        y: grid.bottom + 14 + i * lineHeight,
        'font-size': 13,
        fill: '#333333',
      }),
    );
  });
  return svgDocument(
    {
      width: grid.width,
      height: grid.bottom + (lines.length === 0 ? 0 : lines.length * lineHeight + 6) + 4,
      title: options.title ?? 'Refinement of a class activation map, step by step',
      description: describeBest(options.predictions) + description,
      background: medium.background,
    },
    element('g', { 'font-family': fontFamily }, ...drawn),
  );
}

function predictionsPanel(
  { cell: cellAt, predictionsTop }: Grid<string>,
  given: readonly Prediction[],
  medium: Medium,
): string {
  if (predictionsTop === undefined) return '';
  const predictions = given.slice(0, 5);
  const cell = cellAt(...predictionsPlace);
  const single = predictions.length === 1;
  const note = single ? 'the most probable class' : `${predictions.length} most probable classes`;
  const box = { ...cell, top: predictionsTop, height: cell.top + cell.height - predictionsTop };
  return element(
    'g',
    { 'data-panel': 'predictions' },
    predictionBars(predictions, box),
    heading(single ? 'Prediction' : 'Predictions', cell),
    panelNote(note, cell.left, cell.top + cell.height + 32, cell.width, medium),
  );
}

function describeBest([best]: readonly Prediction[] = []): string {
  return best === undefined ? '' : `The image is classified as ${best.name} (${percent(best.probability)}). `;
}

function heading(title: string, cell: Box, letter?: string): string {
  const y = cell.top + cell.height + 16.5;
  const style = { y, 'font-size': 14, fill: '#111111' };
  const indent = letter === undefined ? 0 : 15.5;
  const fitted = fitText(title, cell.width - indent, 14, 12, 600);
  return (
    (letter === undefined ? '' : text(letter, { ...style, x: cell.left, fill: arrowColor })) +
    text(fitted.content, { ...style, x: cell.left + indent, 'font-size': fitted.size, 'font-weight': 600 })
  );
}

/** In SVG units. */
export const nodeRadius = 8;

/**
 * A small circle in which two arrows meet, with the sign of the operation (drawn as lines, since fonts often
 * lack the signs).
 */
export function node([x, y]: Point, sign: 'union' | 'plus' | 'times'): string {
  const [cx, cy] = [coordinate(x), coordinate(y)];
  const d = {
    union: `M${coordinate(x - 3)} ${coordinate(y - 3.6)}v3.6a3 3 0 0 0 6 0v-3.6`,
    plus: `M${coordinate(x - 4)} ${cy}h8M${cx} ${coordinate(y - 4)}v8`,
    times: `M${coordinate(x - 3)} ${coordinate(y - 3)}l6 6m0 -6l-6 6`,
  }[sign];
  return (
    element('circle', {
      cx: x,
      cy: y,
      r: nodeRadius,
      fill: '#ffffff',
      stroke: arrowColor,
      'stroke-width': 1.2,
    }) +
    element('path', { d, fill: 'none', stroke: '#222222', 'stroke-width': 1.3, 'stroke-linecap': 'round' })
  );
}
