import type { RunImages } from './images.ts';
import type { Plan } from './plan.ts';
import type { RunFolder } from './run-folder.ts';
import type { RunSamples } from './samples.ts';
import type { Trainee } from './trainee.ts';

/** A run and the objects that it works with. */
export interface RunParts {
  readonly plan: Plan;
  readonly folder: RunFolder;
  readonly images: RunImages;
  readonly trainee: Trainee;
  readonly samples: RunSamples;
}
