/** The page's state, and everything that changes it. */
import {
  batch,
  computed,
  effect,
  type ReadonlySignal,
  type Signal,
  signal,
  untracked,
} from '@preact/signals-core';
import { refinerFor } from '../refine/pipeline.ts';
import { ModelClient, type ModelFacts } from './model-client.ts';
import { fetchWhole, type ListedModel, listModels, TokenNeeded } from './model-list.ts';
import { Pane } from './pane.ts';
import { forDisplay, openPicture, type PictureFile, seenBy } from './picture-file.ts';
import { Problem, plainWords } from './problems.ts';
import { fromHash, refineSettings, type Settings, settingsDefaults, toHash, type View } from './settings.ts';
import { type Sample, samples } from './shipped.ts';

/** A place in a picture, both in [0, 1], from the upper left corner. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface OpenModel extends ModelFacts {
  readonly name: string;
  /** The path that stands in results. */
  readonly path: string;
  readonly bytes: number;
}

/** What is to be shown of a picture. */
interface Asked {
  readonly className: string | undefined;
  readonly method: string | undefined;
  readonly size: number | undefined;
}

/** A model's file, and what it is called. */
interface ModelFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: Uint8Array;
}

export class Store {
  readonly settings: Signal<Settings>;
  readonly panes: readonly [Pane, Pane];
  /** The pane that the steps, the downloads and what is dropped anywhere belong to: 0 or 1. */
  readonly active: Signal<0 | 1> = signal(0);
  readonly model: Signal<OpenModel | undefined> = signal(undefined);
  /** The models that can be chosen, those that were given among them; undefined as long as nobody knows. */
  readonly models: Signal<readonly ListedModel[] | undefined> = signal(undefined);
  /** The name of the one that is to be used: the one chosen, else that of the sample opened last, else the first. */
  readonly wanted: ReadonlySignal<string | undefined>;
  /** The samples that a model knows something about. */
  readonly samples: ReadonlySignal<readonly Sample[]>;
  /** Why the server's token is asked for: it was not given yet, or is not the right one. */
  readonly tokenAsked: Signal<'missing' | 'wrong' | undefined> = signal(undefined);
  /** What is being done about the model. */
  readonly modelBusy: Signal<string | undefined> = signal(undefined);
  readonly modelProblem: Signal<string | undefined> = signal(undefined);
  /** Where the pointer or the keyboard's cursor is, on every picture. */
  readonly cursor: Signal<Place | undefined> = signal(undefined);
  readonly activePane: ReadonlySignal<Pane>;
  readonly #client: ModelClient = new ModelClient();
  /** The model's file, to open it anew on another device. */
  #modelFile: ModelFile | undefined;
  /** That was given for the server. */
  #token: string | undefined;
  /** Which sample was opened last; undefined: another picture was. */
  readonly #sample: Signal<string | undefined>;
  /** Counts the sessions, of one model after the other or on another device: each explains anew. */
  readonly #session: Signal<number> = signal(0);
  /** The explanation last begun, in each pane: what an earlier one brings is not shown any more. */
  readonly #latest: [number, number] = [0, 0];

  constructor(hash: string) {
    const { settings, panes } = fromHash(hash);
    this.settings = signal(settings);
    this.#sample = signal(panes[0].sample);
    this.wanted = computed(() => {
      const names = (this.models.value ?? []).map(({ name }) => name);
      const ofSample = samples.find(({ name }) => name === this.#sample.value)?.model;
      return [this.settings.value.model, ofSample].find((one) => one && names.includes(one)) ?? names[0];
    });
    this.samples = computed(() => {
      const { value: list } = this.models;
      return samples.filter(({ model }) => list === undefined || list.some(({ name }) => name === model));
    });
    const options = computed(() => this.settings.value.refine);
    this.panes = [new Pane(options), new Pane(options)];
    this.activePane = computed(() => this.panes[this.settings.value.compare ? this.active.value : 0]);
    this.#take(panes);
    // Whatever an explanation depends on: when it changes, explain anew.
    for (const i of [0, 1] as const) {
      effect(() => {
        const { file, className, method } = this.panes[i];
        void this.#session.value;
        void this.wanted.value;
        const asked = { className: className.value, method: method.value, size: this.#size.value };
        void this.#explain(i, this.model.peek(), file.value, asked);
      });
    }
    const device = computed(() => this.settings.value.device);
    effect(() => {
      void device.value;
      untracked(() => {
        if (this.#modelFile) void this.#openModel(this.#modelFile);
      });
    });
    effect(() => {
      const { value: name } = this.wanted;
      untracked(() => void this.#fetchModel(name));
    });
  }

  readonly #size: ReadonlySignal<number | undefined> = computed(() => this.settings.value.size);

  /** The view as it stands in the address. */
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

  /** Goes to the view that an address tells; pictures that are no samples stay. */
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

  /** Shows a second pane, or puts it away. A second pane begins with the first one's picture. */
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

  /** Opens what was dropped, pasted or picked: a picture or a model. */
  async openFile(file: File, i: 0 | 1 = this.#target): Promise<void> {
    if (/\.(onnx|h5|hdf5|keras)$/i.test(file.name)) await this.openModelFile(file);
    else await this.#open(i, file.name, undefined, () => openPicture(file, file.name));
  }

  /** Opens a model's file; it can then be chosen among the others. */
  async openModelFile(file: File): Promise<void> {
    const { name } = file;
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      if (bytes.length === 0) throw new Problem(`${name} is empty.`);
      if (!(await this.#openModel({ name, path: name, bytes }))) return;
      const others = (this.models.value ?? []).filter((one) => one.name !== name);
      batch(() => {
        this.models.value = [...others, { name, path: name, bytes: async () => bytes }];
        this.set({ model: name });
      });
    } catch (error) {
      this.modelProblem.value = plainWords(error, `open ${name}`);
    }
  }

  /** Asks which models there are, those of a server or those that come along; what `wanted` makes of it is fetched. */
  async loadModels(): Promise<void> {
    this.#client.prepare();
    this.modelBusy.value = 'Loading the model';
    try {
      const found = await listModels(this.#token);
      this.tokenAsked.value = undefined;
      this.models.value = [...found, ...(this.models.value ?? [])];
    } catch (error) {
      this.#loadingFailed(error);
    } finally {
      if (this.modelBusy.value === 'Loading the model') this.modelBusy.value = undefined;
    }
  }

  /** For the server; it is not kept beyond this page. */
  giveToken(token: string): Promise<void> {
    this.#token = token;
    return this.loadModels();
  }

  #loadingFailed(error: unknown): void {
    if (error instanceof TokenNeeded) {
      this.tokenAsked.value = this.#token === undefined ? 'missing' : 'wrong';
      return;
    }
    this.modelProblem.value = `${plainWords(error, 'load the model')} A model file (.onnx) can be dropped here.`;
  }

  /** Fetches and opens a listed model, unless it is the one that is open. */
  async #fetchModel(name: string | undefined): Promise<void> {
    const listed = this.models.value?.find((one) => one.name === name);
    if (listed === undefined || this.model.value?.name === name) return;
    const busy = `Loading ${listed.path.slice(listed.path.lastIndexOf('/') + 1)}`;
    this.modelBusy.value = busy;
    const current = (): boolean => this.wanted.value === name;
    try {
      const bytes = await listed.bytes((share) => {
        if (current()) this.modelBusy.value = `${busy}, ${Math.round(100 * share)} %`;
      });
      if (current()) await this.#openModel({ name: listed.name, path: listed.path, bytes });
    } catch (error) {
      if (!current()) return;
      this.#loadingFailed(error);
      if (this.model.value) this.set({ model: this.model.value.name });
    } finally {
      // Whatever came between them: the model that is wanted is the one that opens last.
      if (current()) this.modelBusy.value = undefined;
      else void this.#fetchModel(this.wanted.value);
    }
  }

  get #target(): 0 | 1 {
    return this.settings.value.compare ? this.active.value : 0;
  }

  /** Whether it could be opened; if not, the model before stays. */
  async #openModel(file: ModelFile): Promise<boolean> {
    const fileName = file.path.slice(file.path.lastIndexOf('/') + 1);
    this.modelBusy.value = `Opening ${fileName}`;
    try {
      const { device } = this.settings.value;
      const facts = await this.#client.open(file.bytes, fileName);
      this.#modelFile = file;
      const model = { ...facts, name: file.name, path: file.path, bytes: file.bytes.length };
      batch(() => {
        this.model.value = device === 'wasm' ? model : { ...model, note: 'WebGPU is being tried' };
        this.modelProblem.value = undefined;
        this.#session.value++;
      });
      if (device !== 'wasm') void this.#tryWebgpu(device === 'webgpu', this.model.value);
      return true;
    } catch (error) {
      const kept = this.model.value ? ' The model before stays.' : '';
      this.modelProblem.value = `${plainWords(error, `open ${fileName}`)}${kept}`;
      return false;
    } finally {
      this.modelBusy.value = undefined;
    }
  }

  /** The first explanations are WebAssembly's; the GPU follows when it works. */
  async #tryWebgpu(software: boolean, model: OpenModel | undefined): Promise<void> {
    const found = await this.#client.tryWebgpu(software).catch(
      (error): Pick<OpenModel, 'device' | 'note'> => ({
        device: 'wasm',
        note: plainWords(error, 'use WebGPU'),
      }),
    );
    if (model === undefined || this.model.value !== model) return;
    batch(() => {
      this.model.value = { ...model, ...found };
      if (found.device !== model.device) this.#session.value++;
    });
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
        this.#sample.value = file.sample;
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
    const turn = ++this.#latest[i];
    if (model === undefined || file === undefined) return;
    // Another model is on its way, which this picture is for.
    if (model.name !== this.wanted.peek() && this.models.peek() !== undefined) return;
    await null; // what is set below must not count as read by the effect
    const pane = this.panes[i];
    pane.busy.value = `Explaining ${file.name}`;
    try {
      const seen = seenBy(file.pixels, size ?? model.imSize, model.channels);
      const known = model.methods.some(({ name }) => name === method) ? method : undefined;
      const found = await this.#client.explain(seen, className, known);
      if (turn !== this.#latest[i]) return;
      const before = pane.explained.value;
      const picture = before?.file === file ? before.picture : forDisplay(file.pixels);
      batch(() => {
        // Only a high-res map of its own can be tied to the class.
        const refiner = refinerFor(known === undefined ? model.expansion : undefined);
        pane.explained.value = { ...found, file, model: model.path, refiner, picture, seen };
        pane.problem.value = undefined;
      });
    } catch (error) {
      if (turn === this.#latest[i]) pane.problem.value = plainWords(error, `explain ${file.name}`);
    } finally {
      if (turn === this.#latest[i]) pane.busy.value = undefined;
    }
  }
}
