/** A few pictures on which a run's model is looked at, the same ones from its first epoch to its last. */
import { basename } from 'node:path';
import { pictureFile } from '../../data/picture/picture-file.ts';
import { middleOf } from '../../data/picture/picture-source.ts';
import { toImage } from '../../data/picture/unit-range.ts';
import type { ValueRange } from '../../data/picture/value-range.ts';
import { classOf } from '../../data/streams/survey-stream.ts';
import type { CamModel } from '../../explain/cam-model.ts';
import { mapAt } from '../../explain/images.ts';
import type { CamSample } from '../../render/cam-sheet.ts';
import type { Picture } from '../../tensor/tensor.ts';
import { isFolder, type Split } from './split.ts';

/** How a model takes pictures. */
export interface SampleShape {
  readonly size: number;
  readonly channels: 1 | 3;
  /** The square in the middle, of this share of the shorter side. Default: the whole picture. */
  readonly crop?: number;
  /** Of pictures whose values are no grey levels. */
  readonly valueRange?: ValueRange;
}

/** So many, or as many as there are. */
export const shownSamples = 6;

/** What may be shown. */
interface Candidate {
  readonly name: string;
  readonly picture: string | Uint8Array;
  /** Its class, as the data say. */
  readonly truth: string | undefined;
}

export class RunSamples {
  readonly #split: Split;
  readonly #shape: SampleShape;
  #pictures: { readonly of: Candidate; readonly picture: Picture }[] | undefined;

  /** @param split whose pictures are shown @param shape as the model takes them */
  constructor(split: Split, shape: SampleShape) {
    this.#split = split;
    this.#shape = shape;
  }

  /** Each picture with the predicted class and its maps. */
  async explain(model: CamModel): Promise<CamSample[]> {
    this.#pictures ??= await this.#read();
    const samples: CamSample[] = [];
    for (const { of, picture } of this.#pictures) {
      const { probabilities, lowResCam, highResCam } = await model.explain(toImage(picture));
      const [[best]] = model.topN(probabilities, 1);
      samples.push({
        name: of.name,
        image: picture,
        lowCam: mapAt(lowResCam, 0),
        highCam: highResCam && mapAt(highResCam, 0),
        predicted: best.name,
        probability: Math.min(1, best.probability), // float32 may round above
        // Folders of other names, or of none, say nothing of a model's classes.
        truth: of.truth !== undefined && model.classes.includes(of.truth) ? of.truth : undefined,
      });
    }
    return samples;
  }

  /** One of each group; one that cannot be read gives way to the next. */
  async #read(): Promise<{ of: Candidate; picture: Picture }[]> {
    const { size, channels, crop, valueRange } = this.#shape;
    const found: { of: Candidate; picture: Picture }[] = [];
    for (const group of candidates(this.#split)) {
      for (const of of group) {
        const source = pictureFile(of.picture, { valueRange });
        const seen = crop === undefined ? source : middleOf(source, crop);
        const picture = await Promise.resolve(seen.seen(size, channels)).catch(() => undefined);
        if (picture === undefined) continue;
        found.push({ of, picture });
        break;
      }
    }
    return found;
  }
}

/**
 * Groups spread over the split, and so over its classes; of a stream pictures of different classes, each by
 * itself.
 */
function* candidates(split: Split): Generator<Iterable<Candidate>> {
  if (!isFolder(split)) {
    for (const one of split.shown) {
      yield [
        { name: basename(one.key), picture: one.picture, truth: classOf(one, split.labelOf !== undefined) },
      ];
    }
    return;
  }
  const { samples, classes } = split;
  const count = Math.min(shownSamples, samples.length);
  for (let i = 0; i < count; i++) {
    const from = Math.floor((i * samples.length) / count);
    const to = Math.floor(((i + 1) * samples.length) / count);
    yield samples
      .slice(from, to)
      .map(({ path, label }) => ({ name: basename(path), picture: path, truth: classes[label] }));
  }
}
