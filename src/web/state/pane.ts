/** One picture with its explanation; two can be shown side by side. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals-core';
import { type ExplainedMaps, refineMaps } from '../../explain/explain.ts';
import { type Refinement, type Refiner, refiner } from '../../refine/pipeline.ts';
import type { PictureFile } from '../picture/picture-file.ts';
import type { CommandContext } from './command.ts';
import { optionsWith, type RefineSettings } from './settings.ts';

/** A picture and the model's results for it. */
export interface Explained extends ExplainedMaps {
  readonly file: PictureFile;
  /** The model's path. */
  readonly model: string;
  /** What the command line needs for the same result. */
  readonly context: CommandContext;
}

export interface Refined {
  readonly refinement?: Refinement;
  /** Why the current options give no refinement. */
  readonly problem?: string;
}

export class Pane {
  /** The chosen picture: the one shown, or one that is still being opened or explained. */
  readonly file: Signal<PictureFile | undefined> = signal(undefined);
  /** The chosen class; undefined: the predicted one. */
  readonly className: Signal<string | undefined> = signal(undefined);
  /** The chosen CAM method; undefined: the network's own maps. */
  readonly method: Signal<string | undefined> = signal(undefined);
  /** The last explanation. */
  readonly explained: Signal<Explained | undefined> = signal(undefined);
  /** The chosen refiner, else the default one for the model's maps. */
  readonly refiner: ReadonlySignal<Refiner>;
  readonly refined: ReadonlySignal<Refined>;
  /** The work in progress, in words. */
  readonly busy: Signal<string | undefined> = signal(undefined);
  /** The last error, in words. */
  readonly problem: Signal<string | undefined> = signal(undefined);

  constructor(options: ReadonlySignal<RefineSettings>) {
    this.refiner = computed(() => {
      const { refiner: set } = options.value;
      return set === 'auto' ? (this.explained.value?.refiner ?? 'regions') : set;
    });
    const refine = refiner();
    let last: { readonly explained: Explained; readonly refinement: Refinement } | undefined;
    this.refined = computed(() => {
      const explained = this.explained.value;
      if (explained === undefined) return {};
      try {
        const set = optionsWith(this.refiner.value, options.value);
        const refinement = refineMaps(explained, set, refine);
        last = { explained, refinement };
        return { refinement };
      } catch (error) {
        const refinement = last?.explained === explained ? last.refinement : undefined;
        return { refinement, problem: (error as Error).message };
      }
    });
  }
}
