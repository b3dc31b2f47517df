import type { CamModel } from './cam-model.ts';

/**
 * The index of a class that a user wrote: its name, or, where no class has that name, its index.
 * @throws when there is no such class
 */
export function classOf(model: Pick<CamModel, 'classes' | 'classIndex'>, text: string): number {
  const isIndex = /^-?\d+$/.test(text) && !model.classes.includes(text);
  return model.classIndex(isIndex ? Number(text) : text) as number;
}
