/**
 * `npx tsx tools/document-pictures.ts [NAME ...]`: draws the pictures in `docs/pictures`, which the README,
 * the glossary and other pages show: all of them, or those named. What they show is computed anew, by the
 * models that come along.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { readPicture } from '../src/data/picture/decode.ts';
import { squashed } from '../src/data/picture/picture-source.ts';
import { toImage } from '../src/data/picture/unit-range.ts';
import { renderScene, type Scene } from '../src/data/scenes/scene.ts';
import type { Explained } from '../src/explain/explain.ts';
import type { FullModel } from '../src/explain/full-model.ts';
import { explain, fullSize } from '../src/explain-file.ts';
import { loadFullModel } from '../src/load-model.ts';
import { boxIou } from '../src/metrics/boxes.ts';
import { gridCell, gridPointing } from '../src/metrics/grid-pointing.ts';
import { softLabel } from '../src/refine/crf/soft-label.ts';
import { refine } from '../src/refine/pipeline.ts';
import type { CrfRefinement, RegionRefinement } from '../src/refine/refinement.ts';
import { colorize } from '../src/render/colormap.ts';
import { drawPng } from '../src/render/draw-png.ts';
import { fontFamily } from '../src/render/font.ts';
import type { Box, Medium } from '../src/render/medium.ts';
import { overlay } from '../src/render/overlay.ts';
import { colorMap, colorScale, cutOut, frame } from '../src/render/panel.ts';
import { drawPipeline } from '../src/render/pipeline-figure.ts';
import { enlargePixels } from '../src/render/resample.ts';
import { element, svgDocument, text } from '../src/render/svg.ts';
import { argMax } from '../src/tensor/arg-max.ts';
import { maskBox } from '../src/tensor/mask-box.ts';
import { random } from '../src/tensor/random.ts';
import { sampleBilinear } from '../src/tensor/sample-bilinear.ts';
import { type FloatMap, type Mask, type Picture, tensor } from '../src/tensor/tensor.ts';
import { percent } from '../src/text/percent.ts';

const root = join(import.meta.dirname, '..');
const out = join(root, 'docs', 'pictures');
const photo = (name: string): string => join(root, 'samples', 'photos', `${name}.jpg`);
const modelFile = (name: string): string => join(root, 'models', `${name}.onnx`);

/** A picture, with a title and a line below it. */
interface Panel {
  readonly picture: Picture;
  readonly title: string;
  readonly note?: string;
  /** SVG over the picture, which is drawn in the box. */
  readonly over?: (box: Box) => string;
}

/** Panels side by side. @param width of each, in pixels @param aspect height by width */
function row(panels: readonly Panel[], width: number, aspect: number): (medium: Medium) => string {
  const [gap, margin] = [14, 4];
  const height = Math.round(width * aspect);
  const noted = panels.some(({ note }) => note !== undefined);
  return (medium) => {
    const parts = panels.map(({ picture, title, note = '', over = () => '' }, i) => {
      const box = { left: margin + i * (width + gap), top: margin, width, height };
      const style = { x: box.left, fill: '#111111' };
      return [
        medium.place(picture, box),
        over(box),
        frame(box),
        text(title, { ...style, y: margin + height + 20, 'font-size': 16, 'font-weight': 600 }),
        text(note, { ...style, y: margin + height + 38, 'font-size': 14, fill: '#555555' }),
      ].join('');
    });
    const size = {
      width: 2 * margin + panels.length * (width + gap) - gap,
      height: height + (noted ? 48 : 30),
    };
    const words = { title: panels.map(({ title }) => title).join(', '), description: '' };
    return svgDocument(
      { ...size, ...words, background: medium.background },
      element('g', { 'font-family': fontFamily }, ...parts),
    );
  };
}

/** Writes a figure as JPEG. */
async function write(
  name: string,
  draw: (medium: Medium) => string,
  { scale = 1, width, quality = 84 }: { scale?: number; width?: number; quality?: number } = {},
): Promise<void> {
  const page = sharp(await drawPng(draw, scale));
  const bytes = await (width === undefined ? page : page.resize({ width }))
    .jpeg({ quality, chromaSubsampling: '4:4:4', mozjpeg: true })
    .toBuffer();
  writeFileSync(join(out, `${name}.jpg`), bytes);
  console.log(`${name}.jpg`, bytes.length);
}

/** A map in the colours of the figures. */
const coloured = (map: FloatMap): Picture => colorMap(map, colorScale(map));

/** The same, each of its values a square that can be seen. */
const squares = (map: FloatMap): Picture => enlargePixels(coloured(map), 640);

const grey = (map: FloatMap): Picture => colorize(map, { colormap: 'greys', range: [0, 1] });

/** A map of few values over a picture, each value a square. */
function squaresOver(picture: Picture, map: FloatMap): Picture {
  const [height, width] = picture.shape;
  const [rows, columns] = map.shape;
  const large = tensor('float32', [height, width]);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = Math.floor((y * rows) / height) * columns + Math.floor((x * columns) / width);
      large.data[y * width + x] = map.data[at];
    }
  }
  return overlay(picture, large);
}

const overMask = (picture: Picture, mask: Mask): Picture =>
  overlay(picture, tensor('float32', mask.shape, Float32Array.from(mask.data)), { range: [0, 1] });

type Corners = readonly [x0: number, y0: number, x1: number, y1: number];

/** A box in the pixels of a square picture. */
function drawBox([x0, y0, x1, y1]: Corners, side: number, colour: string): (box: Box) => string {
  return ({ left, top, width }) => {
    const unit = width / side;
    const place = {
      x: left + x0 * unit,
      y: top + y0 * unit,
      width: (x1 - x0) * unit,
      height: (y1 - y0) * unit,
    };
    return element('rect', { ...place, fill: 'none', stroke: colour, 'stroke-width': 3 });
  };
}

function drawPoint(x: number, y: number, side: number): (box: Box) => string {
  return ({ left, top, width }) => {
    const [cx, cy] = [left + ((x + 0.5) * width) / side, top + ((y + 0.5) * width) / side];
    return (
      element('circle', { cx, cy, r: 7, fill: 'none', stroke: '#ffffff', 'stroke-width': 5 }) +
      element('circle', { cx, cy, r: 7, fill: 'none', stroke: '#111111', 'stroke-width': 2 })
    );
  };
}

async function withModel<T>(name: string, use: (model: FullModel) => Promise<T>): Promise<T> {
  const model = await loadFullModel(modelFile(name));
  try {
    return await use(model);
  } finally {
    await model.release();
  }
}

const coffee = (model: FullModel): Promise<Explained> => explain(model, photo('coffee'));
const aspectOf = ({ shape: [height, width] }: Picture): number => height / width;
const shownAs = ({ explained }: Explained): string => `${explained.name}, ${percent(explained.probability)}`;

/** A scene whose truth is known, and the maps of it. */
async function scene(model: FullModel): Promise<{ drawn: Scene; found: Explained }> {
  const drawn = renderScene({
    shape: 'star',
    size: 256,
    random: random(4),
    objectSize: [0.35, 0.45],
    clutter: 0.3,
  });
  return { drawn, found: await explain(model, drawn.picture) };
}

const drawings: Readonly<Record<string, () => Promise<void>>> = {
  /** The README's: a photograph, its maps, what is cut out. */
  espresso: () =>
    withModel('imagenet', async (model) => {
      const result = await coffee(model);
      const { picture, low, high } = result;
      const { mask } = await fullSize(photo('coffee'), result);
      const panels = [
        { picture, title: 'Photograph', note: shownAs(result) },
        {
          picture: squaresOver(picture, low),
          title: 'CAM of the classifier',
          note: `${low.shape.join(' × ')} values`,
        },
        {
          picture: overlay(picture, high),
          title: 'High-resolution map',
          note: `${high.shape.join(' × ')} values`,
        },
        { picture: cutOut(picture, mask), title: 'Cut-out', note: 'of the refined map' },
      ];
      await write('espresso', row(panels, 270, aspectOf(picture)), { quality: 82 });
    }),

  /** The same, as the first thing that the site shows. */
  hero: () =>
    withModel('imagenet', async (model) => {
      const { picture, high } = await coffee(model);
      const [height, width] = picture.shape;
      const side = Math.min(height, width);
      const square = sharp(overlay(picture, high).data, { raw: { width, height, channels: 3 } })
        .extract({ left: 61, top: 0, width: side, height: side })
        .resize({ width: 512, kernel: 'cubic' });
      writeFileSync(join(out, 'hero.jpg'), await square.jpeg({ quality: 84, mozjpeg: true }).toBuffer());
    }),

  /** Every step of the same. */
  'espresso-steps': () =>
    withModel('imagenet', async (model) => {
      const { refinement, picture, predictions } = await coffee(model);
      const figure = {
        title: 'coffee.jpg',
        aspect: 1 / aspectOf(picture),
        predictions: predictions.slice(0, 5),
      };
      await write('espresso-steps', (medium) => drawPipeline(refinement, figure, medium), {
        scale: 2,
        width: 1280,
        quality: 76,
      });
    }),

  'low-and-high': () =>
    withModel('imagenet', async (model) => {
      const { low, high, seen } = await coffee(model);
      const panels = [
        { picture: seen, title: 'What the model sees', note: `${seen.shape.join(' × ')}` },
        { picture: squares(low), title: 'Low-resolution map', note: low.shape.join(' × ') },
        { picture: coloured(high), title: 'High-resolution map', note: high.shape.join(' × ') },
      ];
      await write('low-and-high', row(panels, 220, 1));
    }),

  class: () =>
    withModel('imagenet', async (model) => {
      const [one, other] = await explain(model, photo('coffee'), { class: ['espresso', 'coffee mug'] });
      const panels = [one, other].map((result) => ({
        picture: overlay(result.picture, result.high),
        title: `map of '${result.explained.name}'`,
        note: percent(result.explained.probability),
      }));
      await write('class', row(panels, 300, aspectOf(one.picture)));
    }),

  'dense-crf': () =>
    withModel('imagenet', async (model) => {
      const { refinement, picture } = await coffee(model);
      const { unary, probabilities, colours } = refinement as CrfRefinement;
      const panels = [
        { picture: squares(unary), title: 'The map alone', note: 'for or against' },
        { picture: enlargePixels(colours, 640), title: 'Colours', note: '64 × 64 cells' },
        {
          picture: enlargePixels(grey(probabilities), 640),
          title: 'After the CRF',
          note: 'dark: probably the object',
        },
      ];
      await write('dense-crf', row(panels, 220, aspectOf(picture)));
    }),

  'region-growing': () =>
    withModel('scenes', async (model) => {
      const { found } = await scene(model);
      const steps = refine(found.seen, found.low, found.high, { refiner: 'regions' }) as RegionRefinement;
      const panels = [
        { picture: enlargePixels(coloured(steps.edges), 640), title: 'Edges' },
        { picture: enlargePixels(overMask(found.seen, steps.focalPoints), 640), title: 'Focal points' },
        { picture: enlargePixels(overMask(found.seen, steps.fullSegment), 640), title: 'Region' },
      ];
      await write('region-growing', row(panels, 200, 1));
    }),

  'soft-label': () =>
    withModel('scenes', async (model) => {
      const { drawn, found } = await scene(model);
      const panels = [
        { picture: drawn.picture, title: 'Training picture' },
        { picture: squares(found.low), title: 'Low-resolution map' },
        { picture: grey(softLabel(found.low, found.seen, 128)), title: 'Soft label (dark: object)' },
      ];
      await write('soft-label', row(panels, 200, 1));
    }),

  boxes: () =>
    withModel('scenes', async (model) => {
      const { drawn, found } = await scene(model);
      const side = drawn.picture.shape[0];
      const truth = drawn.box as Corners;
      const panels = [found.low, found.high].map((map, i) => {
        const large = sampleBilinear(map, side, side);
        const [least, most] = [Math.min(...large.data), Math.max(...large.data)];
        const cut = least + 0.5 * (most - least);
        const mask = tensor(
          'uint8',
          [side, side],
          Uint8Array.from(large.data, (value) => Number(value > cut)),
        );
        const guess = (maskBox(mask) ?? [0, 0, side, side]) as Corners;
        const peak = argMax(large.data);
        const over = (box: Box): string =>
          drawBox(truth, side, '#1a9850')(box) +
          drawBox(guess, side, '#d6301f')(box) +
          drawPoint(peak % side, Math.floor(peak / side), side)(box);
        return {
          picture: overlay(drawn.picture, large),
          title: i === 0 ? 'Low-resolution map' : 'High-resolution map',
          note: `IoU of the boxes ${boxIou(truth, guess).toFixed(2)}`,
          over,
        };
      });
      await write('boxes', row(panels, 240, 1));
    }),

  grid: () =>
    withModel('imagenet', async (model) => {
      const side = model.imSize;
      const mosaic = tensor('uint8', [side, side, 3]);
      for (const [i, name] of ['coffee', 'chelsea', 'astronaut', 'rocket'].entries()) {
        const [x0, y0, x1, y1] = gridCell([side, side], 2, i);
        const cell = squashed(await readPicture(photo(name)), x1 - x0, 3);
        for (let y = y0; y < y1; y++) {
          const from = 3 * (y - y0) * (x1 - x0);
          mosaic.data.set(cell.data.subarray(from, from + 3 * (x1 - x0)), 3 * (y * side + x0));
        }
      }
      const results = await explain(model, mosaic, { class: ['espresso', 'Egyptian cat'] });
      const panels = results.map(({ high, explained }, i) => ({
        picture: overlay(mosaic, high),
        title: `map of '${explained.name}'`,
        note: `${percent(gridPointing(high, 2, i).share)} in its own cell`,
      }));
      await write('grid', row([{ picture: mosaic, title: 'Mosaic' }, ...panels], 220, 1));
    }),

  deletion: () =>
    withModel('imagenet', async (model) => {
      const { seen, high, explained, picture } = await coffee(model);
      const order = Uint32Array.from({ length: high.data.length }, (_, i) => i);
      order.sort((a, b) => high.data[b] - high.data[a] || a - b);
      const panels: Panel[] = [];
      for (const share of [0, 0.05, 0.15]) {
        const rest = tensor('uint8', seen.shape, seen.data.slice());
        for (const i of order.subarray(0, Math.round(share * order.length)))
          rest.data.fill(0, 3 * i, 3 * i + 3);
        const { data } = await model.predict(toImage(rest));
        const title = share === 0 ? 'The picture' : `Without ${Math.round(100 * share)} %`;
        panels.push({ picture: rest, title, note: `${explained.name}, ${percent(data[explained.index])}` });
      }
      await write('deletion', row(panels, 240, aspectOf(picture)));
    }),
};

const names = process.argv.slice(2);
mkdirSync(out, { recursive: true });
for (const [name, draw] of Object.entries(drawings)) {
  if (names.length === 0 || names.includes(name)) await draw();
}
