/** A few pictures on which a run's model is shown, the same ones in all epochs. */
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

/** How pictures are converted to the model's input. */
export interface SampleShape {
  readonly size: number;
  readonly channels: 1 | 3;
  /** The side of the central square crop, as a share of the shorter side; default: the whole picture. */
  readonly crop?: number;
  /** For pictures that are not grey levels: the range of their values. */
  readonly valueRange?: ValueRange;
}

/** The maximum number of pictures. */
export const shownSamples = 6;

/** A picture that may be shown. */
interface Candidate {
  readonly name: string;
  readonly picture: string | Uint8Array;
  /** Its class in the data. */
  readonly truth: string | undefined;
}

export class RunSamples {
  readonly #split: Split;
  readonly #shape: SampleShape;
  #pictures: { readonly of: Candidate; readonly picture: Picture }[] | undefined;

  /**
   * @param split whose pictures are shown
   * @param shape how they are converted to the model's input
   */
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
        // Folders that are not named after the model's classes do not show the true class.
        truth: of.truth !== undefined && model.classes.includes(of.truth) ? of.truth : undefined,
      });
    }
    return samples;
  }

  /** Reads one picture of each group: the first that is readable. */
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
 * Groups spread evenly over the split, and so over its classes; for a stream, pictures of different classes,
 * in groups of one.
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
