/** A few pictures on which a run's model is looked at, the same ones from its first epoch to its last. */
import { basename } from 'node:path';
import type { ImageFolder, Sample } from '../../data/dataset/image-folder.ts';
import { pictureFile } from '../../data/picture/picture-file.ts';
import { middleOf } from '../../data/picture/picture-source.ts';
import { toImage } from '../../data/picture/unit-range.ts';
import type { ValueRange } from '../../data/picture/value-range.ts';
import type { CamModel } from '../../explain/cam-model.ts';
import { mapAt } from '../../explain/images.ts';
import type { CamSample } from '../../render/cam-sheet.ts';
import type { Picture } from '../../tensor/tensor.ts';

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
const wanted = 6;

export class RunSamples {
  readonly #split: ImageFolder;
  readonly #shape: SampleShape;
  #pictures: { readonly sample: Sample; readonly picture: Picture }[] | undefined;

  /** @param split whose pictures are shown @param shape as the model takes them */
  constructor(split: ImageFolder, shape: SampleShape) {
    this.#split = split;
    this.#shape = shape;
  }

  /** Each picture with the predicted class and its maps. */
  async explain(model: CamModel): Promise<CamSample[]> {
    this.#pictures ??= await this.#read();
    const { classes } = this.#split;
    const samples: CamSample[] = [];
    for (const { sample, picture } of this.#pictures) {
      const { probabilities, lowResCam, highResCam } = await model.explain(toImage(picture));
      const [[best]] = model.topN(probabilities, 1);
      samples.push({
        name: basename(sample.path),
        image: picture,
        lowCam: mapAt(lowResCam, 0),
        highCam: highResCam && mapAt(highResCam, 0),
        predicted: best.name,
        probability: Math.min(1, best.probability), // float32 may round above
        // Folders of other names, or of none, say nothing of a model's classes.
        truth: model.classes.includes(classes[sample.label]) ? classes[sample.label] : undefined,
      });
    }
    return samples;
  }

  /** Spread over the split, and so over its classes; one that cannot be read gives way to the next. */
  async #read(): Promise<{ sample: Sample; picture: Picture }[]> {
    const { samples } = this.#split;
    const count = Math.min(wanted, samples.length);
    const found: { sample: Sample; picture: Picture }[] = [];
    for (let i = 0; i < count; i++) {
      const from = Math.floor((i * samples.length) / count);
      const to = Math.floor(((i + 1) * samples.length) / count);
      for (const sample of samples.slice(from, to)) {
        const { size, channels, crop, valueRange } = this.#shape;
        const source = pictureFile(sample.path, { valueRange });
        const seen = crop === undefined ? source : middleOf(source, crop);
        const picture = await Promise.resolve(seen.seen(size, channels)).catch(() => undefined);
        if (picture === undefined) continue;
        found.push({ sample, picture });
        break;
      }
    }
    return found;
  }
}
