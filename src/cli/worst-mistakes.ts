/** The wrong predictions of an evaluation that are looked at: each picture with its maps. */

import { readPicture } from '../data/picture/decode.ts';
import { toImage } from '../data/picture/unit-range.ts';
import type { CamModel } from '../explain/cam-model.ts';
import { mapAt } from '../explain/images.ts';
import { worstMistakes } from '../metrics/mistakes.ts';
import type { EvaluatedImage } from '../report/evaluation.ts';
import type { ExplainedClass, Mistake } from '../report/mistakes-section.ts';
import { tensor } from '../tensor/tensor.ts';

/** At most so many. */
const most = 12;

/** The worst mistakes, each explained in one pass. @param onDone told how many are done, of how many */
export async function explainMistakes(
  model: CamModel,
  images: readonly EvaluatedImage[],
  onDone: (done: number, total: number) => void,
): Promise<Mistake[]> {
  const worst = worstMistakes(images, most);
  const mistakes: Mistake[] = [];
  for (const { path, label, prediction, probabilities } of worst) {
    const picture = await readPicture(path, { size: model.imSize, channels: model.channels as 1 | 3 });
    const { data, shape } = toImage(picture);
    const twice = tensor('float32', [2, ...shape.slice(1)]);
    twice.data.set(data);
    twice.data.set(data, data.length);
    const { lowResCam, highResCam } = await model.explain(twice, [prediction, label]);
    const explained = (i: number, index: number): ExplainedClass => ({
      name: model.classes[index],
      probability: probabilities[index],
      lowCam: mapAt(lowResCam, i),
      highCam: highResCam && mapAt(highResCam, i),
    });
    mistakes.push({
      name: path,
      image: picture,
      predicted: explained(0, prediction),
      truth: explained(1, label),
    });
    onDone(mistakes.length, worst.length);
  }
  return mistakes;
}
