import { type FloatMap, type Mask, mapSize } from '../tensor/tensor.ts';

/**
 * The common size of a map and masks.
 * @param masks by their names, for errors
 * @throws when the sizes differ
 */
export function checkSizes(
  map: FloatMap,
  masks: Readonly<Record<string, Mask | undefined>>,
  what: string,
): { height: number; width: number } {
  const size = mapSize(map, what);
  for (const [name, mask] of Object.entries(masks)) {
    if (mask === undefined) continue;
    const { height, width } = mapSize(mask, what);
    if (height !== size.height || width !== size.width) {
      throw new Error(`${what}: map and ${name} must have one size, got [${map.shape}] and [${mask.shape}]`);
    }
  }
  return size;
}
