/** Validation on several ranks: each evaluates its share of the images. */
import type { CamModel } from '../../explain/cam-model.ts';
import { classify } from '../../explain/classify.ts';
import type { Crew } from '../../train/crew.ts';
import type { RunImages } from './images.ts';
import { until } from './until.ts';

export interface SharedValidation {
  readonly images: RunImages;
  /** Called with the number of images done by all ranks, as far as this rank knows. */
  readonly onImages: (done: number) => void;
  readonly signal: AbortSignal;
}

/**
 * @returns mean cross-entropy and accuracy over the images of all ranks
 * @throws the signal's reason when any rank is stopped; when no image can be read
 */
export async function validateTogether(
  crew: Crew,
  model: CamModel,
  { images, onImages, signal }: SharedValidation,
): Promise<{ loss: number; accuracy: number }> {
  const own = images.ownToValidate;
  let values = [0, 0, 0];
  try {
    if (own > 0) {
      const told = (done: number): void => onImages(Math.min(done * crew.size, images.validated));
      const { loss, labels, predictions } = await classify(model, until(signal, images.validation()), told);
      const right = labels.filter((label, i) => label === predictions[i]).length;
      values = [loss * labels.length, right, labels.length];
    }
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
  }
  const { stopped, values: sums } = await crew.agree({ stopped: signal.aborted, values });
  if (stopped) throw signal.reason;
  if (sums[2] === 0) throw new Error('validation: none of the images can be read');
  return { loss: sums[0] / sums[2], accuracy: sums[1] / sums[2] };
}
