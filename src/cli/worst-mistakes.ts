/** The wrong predictions shown in an evaluation: each picture with its maps. */

import { type ClassGroups, strongestOf } from '../data/dataset/class-groups.ts';
import { pictureFile } from '../data/picture/picture-file.ts';
import { middleOf } from '../data/picture/picture-source.ts';
import { toImage } from '../data/picture/unit-range.ts';
import type { ValueRange } from '../data/picture/value-range.ts';
import type { CamModel } from '../explain/cam-model.ts';
import { mapAt } from '../explain/images.ts';
import { worstMistakes } from '../metrics/mistakes.ts';
import type { Evaluation } from '../report/evaluation.ts';
import type { ExplainedClass, Mistake } from '../report/mistakes-section.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';

/** The maximum number of mistakes shown. */
const most = 12;

/**
 * The worst mistakes, each explained in one pass.
 * @param given the value range of pictures that are not grey levels; and `groups`, the model's classes of
 * each label, of which the most probable is explained. Default: the labels are the model's classes
 * @param onDone called with the number done and the total
 */
export async function explainMistakes(
  model: CamModel,
  { images, report: { classes }, imSize }: Evaluation,
  { groups, valueRange }: { readonly groups?: ClassGroups; readonly valueRange?: ValueRange },
  onDone: (done: number, total: number) => void,
): Promise<Mistake[]> {
  const worst = worstMistakes(images, most);
  const mistakes: Mistake[] = [];
  for (const { path, label, prediction, probabilities } of worst) {
    const whole = pictureFile(path, { valueRange });
    const source = model.crop === undefined ? whole : middleOf(whole, model.crop);
    const picture = await source.seen(imSize, model.channels as 1 | 3);
    const image = toImage(picture);
    const indices = [prediction, label];
    const explained = groups ? await strongest(model, image, groups, indices) : indices;
    const { data, shape } = image;
    const twice = tensor('float32', [2, ...shape.slice(1)]);
    twice.data.set(data);
    twice.data.set(data, data.length);
    const { lowResCam, highResCam } = await model.explain(twice, explained);
    const describe = (i: number): ExplainedClass => {
      const { name } = classes[indices[i]];
      return {
        name: groups ? `${name} (${model.classes[explained[i]]})` : name,
        probability: probabilities[indices[i]],
        lowCam: mapAt(lowResCam, i),
        highCam: highResCam && mapAt(highResCam, i),
      };
    };
    mistakes.push({ name: path, image: picture, predicted: describe(0), truth: describe(1) });
    onDone(mistakes.length, worst.length);
  }
  return mistakes;
}

/** The most probable class of each group. */
async function strongest(
  model: CamModel,
  image: Tensor<'float32'>,
  groups: ClassGroups,
  wanted: readonly number[],
): Promise<number[]> {
  const { data } = await model.predict(image);
  return wanted.map((group) => strongestOf(data, groups[group]));
}
