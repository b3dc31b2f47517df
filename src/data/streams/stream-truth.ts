/** Ground truth in a stream: masks and boxes beside its pictures. */
import type { RawTruth } from '../ground-truth/raw-truth.ts';
import { nameOf, type StreamedPicture } from './container.ts';

/** Where ground truth is searched, for errors. */
export const truthNeeded =
  'KEY.mask.png, KEY.seg.png or KEY.boxes.json in a tar, a column mask or objects in Parquet, masks/PATH.png or boxes.json beside a list';

/** A picture's ground truth as `RawTruth`. Missing truth gives neither mask nor boxes. */
export function rawTruthOf(picture: StreamedPicture): RawTruth {
  const name = nameOf(picture);
  const file =
    typeof picture.picture === 'string' ? { path: picture.picture } : { path: name, bytes: picture.picture };
  return { ...picture.truth, name, picture: file };
}
