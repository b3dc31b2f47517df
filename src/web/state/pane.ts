/** One picture with its explanation: what is shown side by side with another one. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals-core';
import { type ExplainedMaps, refineMaps } from '../../explain/explain.ts';
import { type Refinement, type Refiner, refiner } from '../../refine/pipeline.ts';
import type { PictureFile } from '../picture/picture-file.ts';
import type { CommandTold } from './command.ts';
import { optionsWith, type RefineSettings } from './settings.ts';

/** A picture and what the model said about it. */
export interface Explained extends ExplainedMaps {
  readonly file: PictureFile;
  /** The model's path. */
  readonly model: string;
  /** What the command line is to be told beside it. */
  readonly told: CommandTold;
}

export interface Refined {
  readonly refinement?: Refinement;
  /** Why the options set now give none. */
  readonly problem?: string;
}

export class Pane {
  /** The picture wanted: the one shown, or one that is still being opened or explained. */
  readonly file: Signal<PictureFile | undefined> = signal(undefined);
  /** The class asked for; undefined: the predicted one. */
  readonly className: Signal<string | undefined> = signal(undefined);
  /** The CAM method asked for; undefined: the network's own maps. */
  readonly method: Signal<string | undefined> = signal(undefined);
  /** The last that came out. */
  readonly explained: Signal<Explained | undefined> = signal(undefined);
  /** The one that is set, or that the model's maps go with. */
  readonly refiner: ReadonlySignal<Refiner>;
  readonly refined: ReadonlySignal<Refined>;
  /** What is being done. */
  readonly busy: Signal<string | undefined> = signal(undefined);
  /** What went wrong last. */
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
