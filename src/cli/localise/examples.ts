/**
 * Pictures for the page: for each method the best, median and worst, with the map and the object's outline.
 */
import type { Sample } from '../../data/dataset/image-folder.ts';
import { pictureAt } from '../../data/picture/unit-range.ts';
import { encodeJpeg } from '../../data/picture/write-picture.ts';
import { mapAt } from '../../explain/images.ts';
import { type GroundTruth, prepareTruth } from '../../metrics/localisation.ts';
import { overlay } from '../../render/overlay.ts';
import type { MethodFigures } from '../../report/localisation.ts';
import type { LocalisedExample, MethodExamples } from '../../report/localisation-report.ts';
import { type FloatMap, type Mask, type Picture, type Tensor, tensor } from '../../tensor/tensor.ts';
import { fullSize } from './measure.ts';
import type { MeasuredMethod, Opened } from './methods.ts';
import type { MeasuredPictures, PassOptions } from './pictures.ts';

/** Pictures of each kind. */
const each = 6;
/** The minimum side length in pixels: a page of ten methods stays below 6 MB. */
const side = 192;

/**
 * @param images in the order of the methods' figures, each labelled with the explained class
 * @param onDone called with the number of methods done
 */
export async function examplesOf(
  methods: readonly MeasuredMethod[],
  figures: readonly MethodFigures[],
  { model }: Opened,
  pictures: MeasuredPictures,
  images: readonly Sample[],
  options: PassOptions,
  onDone: (done: number) => void,
): Promise<MethodExamples[]> {
  const out: MethodExamples[] = [];
  const ofAll = figures.map(({ boxIous }) => extremes(boxIous));
  const places = ofAll.flatMap((chosen) => chosen.flatMap((group) => group.places));
  await pictures.hold([...new Set(places)].map((place) => images[place].path));
  for (const [m, method] of methods.entries()) {
    const { boxIous, points } = figures[m];
    const chosen = ofAll[m];
    const wanted = chosen.flatMap(({ places }) => places);
    const samples = wanted.map((place) => images[place]);
    const drawn: string[] = [];
    const passes = pictures.batches({ ...options, channels: model.channels }, () => {}, samples);
    for await (const batch of passes) {
      const maps = await method.maps(batch.images, batch.labels, batch.truths);
      for (const [i, truth] of batch.truths.entries()) {
        drawn.push(await draw(batch.images, i, fullSize(mapAt(maps, i), options.imSize), truth));
      }
    }
    const example = (place: number): LocalisedExample => ({
      name: pictures.nameOf(images[place].path),
      picture: drawn[wanted.indexOf(place)],
      boxIou: boxIous[place],
      points: points[place],
    });
    out.push({
      method: method.name,
      groups: chosen.map(({ title, places }) => ({ title, examples: places.map(example) })),
    });
    onDone(m + 1);
  }
  return out;
}

/** Indices of the highest, the middle and the lowest values, without duplicates. */
export function extremes(values: readonly number[]): { title: string; places: number[] }[] {
  const order = values.map((_, i) => i).sort((a, b) => values[b] - values[a] || a - b);
  const count = Math.min(each, Math.floor(order.length / 3));
  if (count === 0) return [{ title: 'all', places: order }];
  const middle = Math.floor((order.length - count) / 2);
  return [
    { title: 'best', places: order.slice(0, count) },
    { title: 'median', places: order.slice(middle, middle + count) },
    { title: 'worst', places: order.slice(-count) },
  ];
}

/** Draws an example as a data URI. */
async function draw(
  images: Tensor<'float32'>,
  i: number,
  map: FloatMap,
  truth: GroundTruth,
): Promise<string> {
  const height = images.shape[1];
  const times = Math.max(1, Math.ceil(side / height));
  const large = overlay(repeat(pictureAt(images, i), times), map);
  outline(large, prepareTruth(truth, height * times).object);
  return `data:image/jpeg;base64,${Buffer.from(await encodeJpeg(large, 78)).toString('base64')}`;
}

/** Enlarges a picture: each pixel becomes `times` by `times`. */
function repeat({ shape: [height, width, channels], data }: Picture, times: number): Picture {
  const out = tensor('uint8', [height * times, width * times, channels]);
  for (let y = 0, to = 0; y < height * times; y++) {
    for (let x = 0; x < width * times; x++) {
      const from = (Math.floor(y / times) * width + Math.floor(x / times)) * channels;
      for (let c = 0; c < channels; c++) out.data[to++] = data[from + c];
    }
  }
  return out;
}

/**
 * Draws a mask's border into an RGB picture of its size: white inside, black outside, visible on any
 * background.
 */
function outline({ data }: Picture, mask: Mask): void {
  const [height, width] = mask.shape;
  const at = (x: number, y: number): number =>
    x < 0 || y < 0 || x >= width || y >= height ? 0 : mask.data[y * width + x];
  const around = (x: number, y: number, distance: number): number[] => [
    at(x - distance, y),
    at(x + distance, y),
    at(x, y - distance),
    at(x, y + distance),
  ];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const pixel = 3 * (y * width + x);
      if (at(x, y) === 0) {
        if (around(x, y, 1).includes(1)) data.fill(0, pixel, pixel + 3);
      } else if ([...around(x, y, 1), ...around(x, y, 2)].includes(0)) data.fill(255, pixel, pixel + 3);
    }
  }
}
