/** The page's state, and everything that changes it. */
import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals-core';
import { explainWith } from '../../explain/explain.ts';
import type { Picture } from '../../tensor/tensor.ts';
import { fetchWhole } from '../model/fetch-whole.ts';
import { Models, type OpenModel } from '../model/models.ts';
import { openPicture, type PictureFile, pictureKind } from '../picture/picture-file.ts';
import { Pane } from './pane.ts';
import { plainWords } from './problems.ts';
import {
  fromHash,
  refineSettings,
  type Settings,
  settingsDefaults,
  sizeFitting,
  toHash,
  type View,
} from './settings.ts';
import { photos, type Sample, samples } from './shipped.ts';

/** A position in a picture, both coordinates in [0, 1], from the upper left corner. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** What a pane should show. */
interface Asked {
  readonly className: string | undefined;
  readonly method: string | undefined;
  readonly size: number | undefined;
}

export class Store {
  readonly settings: Signal<Settings>;
  readonly panes: readonly [Pane, Pane];
  /** The pane, 0 or 1, that steps, downloads and dropped files belong to. */
  readonly active: Signal<0 | 1> = signal(0);
  readonly models: Models;
  /** The samples for which there is a model. */
  readonly samples: ReadonlySignal<readonly Sample[]>;
  /** The position of the pointer or the keyboard's cursor, on every picture. */
  readonly cursor: Signal<Place | undefined> = signal(undefined);
  readonly activePane: ReadonlySignal<Pane>;
  /** The pane whose picture was opened last: its preferred model is used. */
  readonly #subject: Signal<0 | 1> = signal(0);
  /** The sample in the address, until it is loaded. */
  readonly #awaited: Signal<string | undefined>;
  /** The last explanation started in each pane: results of earlier ones are dropped. */
  readonly #latest: [AbortController?, AbortController?] = [];

  constructor(hash: string) {
    const { settings, panes } = fromHash(hash);
    this.settings = signal(settings);
    const options = computed(() => this.settings.value.refine);
    this.panes = [new Pane(options), new Pane(options)];
    this.activePane = computed(() => this.panes[this.settings.value.compare ? this.active.value : 0]);
    this.#take(panes);
    this.#awaited = signal(panes[0].sample);
    const preferred = computed(() => {
      const { file } = this.panes[this.settings.value.compare ? this.#subject.value : 0];
      const sample = file.value === undefined ? this.#awaited.value : file.value.sample;
      return samples.find(({ name }) => name === sample)?.model;
    });
    this.models = new Models(this.settings, preferred, { pictures: () => this.#picturesAtHand() });
    this.samples = computed(() => {
      const { value: list } = this.models.list;
      return samples.filter(({ model }) => list === undefined || list.some(({ name }) => name === model));
    });
    // Everything that an explanation depends on: a change starts a new one.
    for (const i of [0, 1] as const) {
      effect(() => {
        const { file, className, method } = this.panes[i];
        const model = this.models.usable.value === undefined ? undefined : this.models.open.peek();
        const asked = { className: className.value, method: method.value, size: this.#size.value };
        void this.#explain(i, model, file.value, asked);
      });
    }
  }

  readonly #size: ReadonlySignal<number | undefined> = computed(() => this.settings.value.size);

  /** The view as written in the address. */
  get hash(): string {
    const [first, second] = this.panes.map(({ file, className, method }) => ({
      sample: file.value?.sample,
      className: className.value,
      method: method.value,
    }));
    return toHash({
      settings: this.settings.value,
      panes: [first, this.settings.value.compare ? second : {}],
    });
  }

  /** Shows the view in an address; pictures that are not samples stay. */
  async show(hash: string): Promise<void> {
    const { settings, panes } = fromHash(hash);
    batch(() => {
      this.settings.value = settings;
      this.#take(panes);
    });
    await Promise.all(
      panes.map(async ({ sample, className }, i) => {
        const found = samples.find(({ name }) => name === sample);
        const pane = this.panes[i];
        if (found && pane.file.value?.sample !== sample) await this.openSample(found, i as 0 | 1, className);
      }),
    );
  }

  #take(asked: View['panes']): void {
    for (const [i, { className, method }] of asked.entries()) {
      this.panes[i].className.value = className;
      this.panes[i].method.value = method;
    }
  }

  set(change: Partial<Settings>): void {
    this.settings.value = { ...this.settings.value, ...change };
  }

  setRefine(change: Partial<Settings['refine']>): void {
    this.set({ refine: { ...this.settings.value.refine, ...change } });
  }

  reset(): void {
    const { map, colormap, opacity, fade } = settingsDefaults;
    this.set({ refine: refineSettings, map, colormap, opacity, fade });
  }

  /** Shows or hides the second pane. It starts with the first one's picture. */
  compare(on: boolean): void {
    batch(() => {
      this.set({ compare: on });
      const [first, second] = this.panes;
      if (on && second.file.value === undefined) second.file.value = first.file.value;
      this.active.value = on ? 1 : 0;
    });
  }

  explainClass(pane: Pane, className: string): void {
    const predicted = pane.explained.value?.predictions[0].name;
    pane.className.value = className === predicted ? undefined : className;
  }

  async openSample(sample: Sample, i: 0 | 1 = this.#target, className?: string): Promise<void> {
    await this.#open(i, sample.name, className, async () => {
      const blob = await (await fetchWhole(sample.url)).blob();
      return openPicture(blob, `${sample.name}.jpg`, { path: sample.path, sample: sample.name });
    });
  }

  /** The open pictures, and the photographs of the site. */
  async #picturesAtHand(): Promise<Picture[]> {
    const open = new Set(this.panes.flatMap(({ file }) => (file.value ? [file.value] : [])));
    const more = photos.map(async (url) => openPicture(await (await fetchWhole(url)).blob(), url));
    return Promise.all([...open, ...(await Promise.all(more))].map((file) => file.shown()));
  }

  /**
   * Opens files that were dropped, pasted or picked: a picture, recognised by its content, or a model with
   * its files.
   */
  async openFiles(files: readonly File[], i: 0 | 1 = this.#target): Promise<void> {
    // A file that cannot be read is reported when it is opened.
    const kinds = await Promise.all(files.map((file) => pictureKind(file).catch(() => undefined)));
    const others = files.filter((_, at) => kinds[at] === undefined);
    const [model] = others.filter(({ name }) => /\.(onnx|h5|hdf5|keras)$/i.test(name));
    const beside = others.filter(({ name }) => /\.(txt|json|data|bin|weights|onnx_data)$/i.test(name));
    const [picture] = files.filter((file) => file !== model && !beside.includes(file));
    if (model) await this.models.give(model, beside);
    else if (beside.length > 0) this.models.giveBeside(beside);
    if (picture) await this.#open(i, picture.name, undefined, () => openPicture(picture, picture.name));
  }

  get #target(): 0 | 1 {
    return this.settings.value.compare ? this.active.value : 0;
  }

  async #open(
    i: 0 | 1,
    name: string,
    className: string | undefined,
    read: () => Promise<PictureFile>,
  ): Promise<void> {
    const pane = this.panes[i];
    pane.busy.value = `Opening ${name}`;
    try {
      const file = await read();
      batch(() => {
        pane.problem.value = undefined;
        pane.className.value = className;
        pane.file.value = file;
        this.#awaited.value = undefined;
        this.#subject.value = i;
      });
    } catch (error) {
      pane.problem.value = plainWords(error, `open ${name}`);
    } finally {
      if (pane.busy.value === `Opening ${name}`) pane.busy.value = undefined;
    }
  }

  async #explain(
    i: 0 | 1,
    model: OpenModel | undefined,
    file: PictureFile | undefined,
    { className, method, size }: Asked,
  ): Promise<void> {
    this.#latest[i]?.abort();
    const controller = new AbortController();
    this.#latest[i] = controller;
    const { signal } = controller;
    const pane = this.panes[i];
    if (model === undefined || file === undefined) {
      pane.busy.value = file && this.models.open.peek() ? 'Waiting for the model' : undefined;
      return;
    }
    await null; // The effect must not depend on signals read below.
    pane.busy.value = `Explaining ${file.name}`;
    try {
      const known = model.methods.some(({ name }) => name === method) ? method : undefined;
      const choice = className !== undefined && model.classes.includes(className) ? className : undefined;
      const { imSize, channels, crop, sizes, imported, listed } = model;
      const fitting = sizeFitting(sizes, size);
      const { refinement: _, ...maps } = await explainWith(
        { imSize, channels, crop, look: (seen, asked) => this.models.client.look(seen, asked, signal) },
        file,
        { class: choice, method: known, size: fitting },
        () => undefined, // The refinement is computed for each change of a parameter: `Pane.refined`.
      );
      if (signal.aborted) return;
      batch(() => {
        const context = {
          size: fitting,
          preprocessing: imported?.here?.preprocessing,
          classes: listed.declared?.classes?.name,
        };
        pane.explained.value = { ...maps, file, model: listed.path, context };
        pane.problem.value = undefined;
      });
    } catch (error) {
      if (!signal.aborted) pane.problem.value = plainWords(error, `explain ${file.name}`);
    } finally {
      if (!signal.aborted) pane.busy.value = undefined;
    }
  }
}
