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
import { regionDefaults } from '../refine/options.ts';
import { ModelClient, type ModelFacts } from './model-client.ts';
import { Pane } from './pane.ts';
import { forDisplay, openPicture, type PictureFile, seenBy } from './picture-file.ts';
import { Problem, plainWords } from './problems.ts';
import { fromHash, type Settings, settingsDefaults, toHash } from './settings.ts';
import { modelUrl, type Sample, samples, shippedModel } from './shipped.ts';

/** A place in a picture, both in [0, 1], from the upper left corner. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface OpenModel extends ModelFacts {
  /** The path that stands in results. */
  readonly path: string;
  readonly bytes: number;
}

export class Store {
  readonly settings: Signal<Settings>;
  readonly panes: readonly [Pane, Pane];
  /** The pane that the steps, the downloads and what is dropped anywhere belong to: 0 or 1. */
  readonly active: Signal<0 | 1> = signal(0);
  readonly model: Signal<OpenModel | undefined> = signal(undefined);
  /** What is being done about the model. */
  readonly modelBusy: Signal<string | undefined> = signal(undefined);
  readonly modelProblem: Signal<string | undefined> = signal(undefined);
  /** Where the pointer or the keyboard's cursor is, on every picture. */
  readonly cursor: Signal<Place | undefined> = signal(undefined);
  readonly activePane: ReadonlySignal<Pane>;
  readonly #client: ModelClient = new ModelClient();
  /** The model's file, to open it anew on another device. */
  #modelFile: { readonly bytes: Uint8Array; readonly path: string } | undefined;
  /** A model that was dropped while the first one was on its way. */
  #given: Promise<void> | undefined;
  /** Counts the sessions, of one model after the other or on another device: each explains anew. */
  readonly #session: Signal<number> = signal(0);
  /** The explanation last begun, in each pane: what an earlier one brings is not shown any more. */
  readonly #latest: [number, number] = [0, 0];

  constructor(hash: string) {
    const { settings, panes } = fromHash(hash);
    this.settings = signal(settings);
    const options = computed(() => this.settings.value.refine);
    this.panes = [new Pane(options), new Pane(options)];
    this.activePane = computed(() => this.panes[this.settings.value.compare ? this.active.value : 0]);
    panes.forEach(({ className }, i) => {
      this.panes[i].className.value = className;
    });
    // Whatever an explanation depends on: when it changes, explain anew.
    for (const i of [0, 1] as const) {
      effect(() => {
        const { file, className } = this.panes[i];
        void this.#session.value;
        void this.#explain(i, this.model.peek(), file.value, className.value, this.#size.value);
      });
    }
    const device = computed(() => this.settings.value.device);
    effect(() => {
      void device.value;
      untracked(() => {
        if (this.#modelFile) void this.#openModel(this.#modelFile.bytes, this.#modelFile.path);
      });
    });
  }

  readonly #size: ReadonlySignal<number | undefined> = computed(() => this.settings.value.size);

  /** The view as it stands in the address. */
  get hash(): string {
    const [first, second] = this.panes.map(({ file, className }) => ({
      sample: file.value?.sample,
      className: className.value,
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
      panes.forEach(({ className }, i) => {
        this.panes[i].className.value = className;
      });
    });
    await Promise.all(
      panes.map(async ({ sample, className }, i) => {
        const found = samples.find(({ name }) => name === sample);
        const pane = this.panes[i];
        if (found && pane.file.value?.sample !== sample) await this.openSample(found, i as 0 | 1, className);
      }),
    );
  }

  set(change: Partial<Settings>): void {
    this.settings.value = { ...this.settings.value, ...change };
  }

  setRefine(change: Partial<Settings['refine']>): void {
    this.set({ refine: { ...this.settings.value.refine, ...change } });
  }

  reset(): void {
    const { map, colormap, opacity, fade } = settingsDefaults;
    this.set({ refine: regionDefaults, map, colormap, opacity, fade });
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

  openModelFile(file: File): Promise<void> {
    this.#given = this.#openGiven(file);
    return this.#given;
  }

  async #openGiven(file: File): Promise<void> {
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      if (bytes.length === 0) throw new Problem(`${file.name} is empty.`);
      await this.#openModel(bytes, file.name);
    } catch (error) {
      this.modelProblem.value = plainWords(error, `open ${file.name}`);
    }
  }

  /** Loads the model that the server has, or that comes along. */
  async loadModel(): Promise<void> {
    this.#client.prepare();
    this.modelBusy.value = 'Loading the model';
    try {
      const answer = await fetchWhole(modelUrl);
      const path = fileNameOf(answer) ?? shippedModel;
      const bytes = await bytesOf(answer, (share) => {
        this.modelBusy.value = `Loading the model, ${Math.round(100 * share)} %`;
      });
      await this.#given;
      if (this.model.value === undefined) await this.#openModel(bytes, path);
    } catch (error) {
      this.modelProblem.value = `${plainWords(error, 'load the model')} A model file (.onnx) can be dropped here.`;
    } finally {
      this.modelBusy.value = undefined;
    }
  }

  get #target(): 0 | 1 {
    return this.settings.value.compare ? this.active.value : 0;
  }

  async #openModel(bytes: Uint8Array, path: string): Promise<void> {
    const name = path.slice(path.lastIndexOf('/') + 1);
    this.modelBusy.value = `Opening ${name}`;
    try {
      const { device } = this.settings.value;
      const facts = await this.#client.open(bytes, name);
      this.#modelFile = { bytes, path };
      const model = { ...facts, path, bytes: bytes.length };
      batch(() => {
        this.model.value = device === 'wasm' ? model : { ...model, note: 'WebGPU is being tried' };
        this.modelProblem.value = undefined;
        this.#session.value++;
      });
      if (device !== 'wasm') void this.#tryWebgpu(device === 'webgpu', this.model.value);
    } catch (error) {
      const kept = this.model.value ? ' The model before stays.' : '';
      this.modelProblem.value = `${plainWords(error, `open ${name}`)}${kept}`;
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
    className: string | undefined,
    size: number | undefined,
  ): Promise<void> {
    const turn = ++this.#latest[i];
    if (model === undefined || file === undefined) return;
    await null; // what is set below must not count as read by the effect
    const pane = this.panes[i];
    pane.busy.value = `Explaining ${file.name}`;
    try {
      const seen = seenBy(file.pixels, size ?? model.imSize, model.channels);
      const found = await this.#client.explain(seen, className);
      if (turn !== this.#latest[i]) return;
      const before = pane.explained.value;
      const picture = before?.file === file ? before.picture : forDisplay(file.pixels);
      batch(() => {
        pane.explained.value = { ...found, file, model: model.path, picture, seen };
        pane.problem.value = undefined;
      });
    } catch (error) {
      if (turn === this.#latest[i]) pane.problem.value = plainWords(error, `explain ${file.name}`);
    } finally {
      if (turn === this.#latest[i]) pane.busy.value = undefined;
    }
  }
}

async function fetchWhole(url: string): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(url);
  } catch {
    throw new Problem(`Could not load ${url}: there is no connection.`);
  }
  if (!answer.ok) throw new Problem(`Could not load ${url}: the server answers ${answer.status}.`);
  return answer;
}

/** The file's name that a server tells. */
function fileNameOf({ headers }: Response): string | undefined {
  const found = /filename="?([^";]+)/.exec(headers.get('content-disposition') ?? '')?.[1];
  return found === undefined ? undefined : found.trim();
}

async function bytesOf(answer: Response, onShare: (share: number) => void): Promise<Uint8Array> {
  const total = Number(answer.headers.get('content-length'));
  const encoded = answer.headers.has('content-encoding');
  if (answer.body === null || !(total > 0) || encoded) return new Uint8Array(await answer.arrayBuffer());
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = answer.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    length += part.value.length;
    onShare(Math.min(length / total, 1));
  }
  const bytes = new Uint8Array(length);
  parts.reduce((at, part) => {
    bytes.set(part, at);
    return at + part.length;
  }, 0);
  return bytes;
}
