/** Which models there are, which one is to be used, and the one that is open. */
import {
  batch,
  computed,
  effect,
  type ReadonlySignal,
  type Signal,
  signal,
  untracked,
} from '@preact/signals-core';
import type { Picture } from '../../tensor/tensor.ts';
import { percent } from '../../text/percent.ts';
import { Problem, plainWords, withSentence } from '../state/problems.ts';
import type { DevicePreference, Settings } from '../state/settings.ts';
import { TokenNeeded } from './fetch-whole.ts';
import type { ImportTold } from './imported-facts.ts';
import { ModelClient, type ModelFacts } from './model-client.ts';
import { type ListedModel, listModels } from './model-list.ts';

export interface OpenModel extends ModelFacts {
  readonly listed: ListedModel;
  /** Of its file. */
  readonly bytes: number;
  /** What was asked for; `device` is what came of it. */
  readonly preference: DevicePreference;
}

export interface ModelsOptions {
  /** Default: one that starts a worker. */
  readonly client?: ModelClient;
  /** Pictures to import classifiers of other programs with. Default none. */
  readonly pictures?: () => Promise<readonly Picture[]>;
}

/** Files by what they are: of class names, the last one counts. */
function givenBeside(files: readonly File[]): ImportTold {
  const isClasses = ({ name }: File): boolean => /\.(txt|json)$/i.test(name) && !/config\.json$/i.test(name);
  const classes = files.findLast(isClasses);
  return { beside: files.filter((file) => !isClasses(file)), ...(classes && { classes }) };
}

export class Models {
  readonly client: ModelClient;
  /** Those that can be chosen, those that were given among them; undefined as long as nobody knows. */
  readonly list: Signal<readonly ListedModel[] | undefined> = signal(undefined);
  /** The one that is to be used: the one chosen, else the one preferred, else the first. */
  readonly wanted: ReadonlySignal<ListedModel | undefined>;
  readonly open: Signal<OpenModel | undefined> = signal(undefined);
  /** Of the open model, if it is the one wanted: a number that changes with each session, which explains anew. */
  readonly usable: ReadonlySignal<number | undefined>;
  /** What is being done. */
  readonly busy: Signal<string | undefined> = signal(undefined);
  readonly problem: Signal<string | undefined> = signal(undefined);
  /** Why the server's token is asked for: it was not given yet, or is not the right one. */
  readonly tokenAsked: Signal<'missing' | 'wrong' | undefined> = signal(undefined);
  readonly #settings: Signal<Settings>;
  readonly #pictures: () => Promise<readonly Picture[]>;
  readonly #session: Signal<number> = signal(0);
  #token: string | undefined;
  /** Of the open model, to open it anew on another device. */
  #file: { readonly of: ListedModel; readonly bytes: Uint8Array } | undefined;
  /** What is being fetched or opened. */
  #coming: { readonly listed: ListedModel; readonly controller: AbortController } | undefined;
  /** Could not be opened, and is not tried again unless it is asked for. */
  #failed: ListedModel | undefined;

  /** @param preferred the name of the model that goes with the picture */
  constructor(
    settings: Signal<Settings>,
    preferred: ReadonlySignal<string | undefined>,
    { client = new ModelClient(), pictures = async () => [] }: ModelsOptions = {},
  ) {
    this.#settings = settings;
    this.#pictures = pictures;
    this.client = client;
    this.wanted = computed(() => {
      const { value: list = [] } = this.list;
      const named = (name: string | undefined) => list.find((one) => one.name === name);
      return named(settings.value.model) ?? named(preferred.value) ?? list[0];
    });
    this.usable = computed(() => {
      const { value: session } = this.#session;
      return this.open.value && this.open.value.listed === this.wanted.value ? session : undefined;
    });
    const device = computed(() => settings.value.device);
    effect(() => {
      void this.wanted.value;
      void device.value;
      untracked(() => void this.#settle());
    });
  }

  /** Asks which models there are: those of a server, or those that come along. */
  async load(): Promise<void> {
    this.client.prepare();
    const busy = 'Loading the model';
    this.busy.value = busy;
    try {
      const found = await listModels(this.#token);
      const others = (this.list.value ?? []).filter(({ name }) => !found.some((one) => one.name === name));
      this.tokenAsked.value = undefined;
      this.list.value = [...found, ...others];
    } catch (error) {
      this.#tell(error, 'load the model', 'A model file (.onnx) can be dropped here.');
    } finally {
      if (this.busy.value === busy) this.busy.value = undefined;
    }
  }

  /** For the server; it is not kept beyond this page. */
  async giveToken(token: string): Promise<void> {
    this.#token = token;
    // Nothing else can stand in a header.
    if (/^[\x21-\x7e]+$/.test(token)) await this.load();
    else this.tokenAsked.value = 'wrong';
  }

  /** @param name undefined: the one that goes with the picture */
  choose(name: string | undefined): void {
    this.#failed = undefined;
    this.#settings.value = { ...this.#settings.value, model: name };
    void this.#settle();
  }

  /** Opens a model's file; it can be chosen among the others from then on. @param beside files that came with it */
  async give(file: File, beside: readonly File[] = []): Promise<void> {
    const { name } = file;
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      if (bytes.length === 0) throw new Problem(`${name} is empty.`);
      const told = givenBeside(beside);
      const given: ListedModel = { name, path: name, given: true, told, bytes: async () => bytes };
      batch(() => {
        this.list.value = [...(this.list.value ?? []).filter((one) => one.name !== name), given];
        this.choose(name);
      });
    } catch (error) {
      this.#tell(error, `open ${name}`);
    }
  }

  /** Takes files that say something of the open model, such as its class names; it is imported anew with them. */
  giveBeside(files: readonly File[]): void {
    const { listed, imported } = this.open.value ?? {};
    if (imported?.here) {
      this.tell(givenBeside([...(listed?.told?.beside ?? []), ...files]));
      return;
    }
    const names = files.map(({ name }) => name).join(', ');
    this.problem.value = `${names}: files beside a model go with classifiers of other programs, as their class names do. This model has its own.`;
  }

  /** Tells more of the open model, which is imported anew. */
  tell(told: ImportTold): void {
    const listed = this.open.value?.listed;
    if (listed === undefined) return;
    const better: ListedModel = { ...listed, told: { ...listed.told, ...told } };
    this.#failed = undefined;
    this.list.value = (this.list.value ?? []).map((one) => (one === listed ? better : one));
  }

  /** Fetches and opens until the model that is open is the one that is wanted, where it is wanted. */
  async #settle(): Promise<void> {
    if (this.#coming !== undefined) {
      // The loop below looks again.
      if (this.#next() !== this.#coming.listed) this.#coming.controller.abort();
      return;
    }
    for (let next = this.#next(); next !== undefined; next = this.#next()) await this.#bring(next);
  }

  /** What is to be opened; undefined: nothing. */
  #next(): ListedModel | undefined {
    const wanted = this.wanted.peek();
    const open = this.open.peek();
    const there = open?.listed === wanted && open?.preference === this.#settings.peek().device;
    return there || wanted === this.#failed ? undefined : wanted;
  }

  async #bring(listed: ListedModel): Promise<void> {
    const controller = new AbortController();
    this.#coming = { listed, controller };
    const name = listed.path.slice(listed.path.lastIndexOf('/') + 1);
    const { device: preference } = this.#settings.peek();
    try {
      this.busy.value = `Loading ${name}`;
      const onShare = (share: number): void => {
        this.busy.value = `Loading ${name}, ${percent(share, 0)}`;
      };
      const bytes =
        this.#file?.of === listed ? this.#file.bytes : await listed.bytes(onShare, controller.signal);
      this.busy.value = `Opening ${name}`;
      const { told = {}, given = false } = listed;
      const pictures = given ? await this.#pictures() : [];
      const facts = await this.client.open({ bytes, name, told, pictures });
      this.#file = { of: listed, bytes };
      const open: OpenModel = { ...facts, listed, preference, bytes: bytes.length };
      batch(() => {
        this.open.value = preference === 'wasm' ? open : { ...open, note: 'WebGPU is being tried' };
        this.problem.value = undefined;
        this.#session.value++;
      });
      if (preference !== 'wasm') void this.#tryWebgpu(this.open.value as OpenModel);
    } catch (error) {
      if (!controller.signal.aborted) this.#fail(listed, error, name);
    } finally {
      this.#coming = undefined;
      this.busy.value = undefined;
    }
  }

  /** Goes back to the model that is open, if there is one. */
  #fail(listed: ListedModel, error: unknown, name: string): void {
    const before = this.open.peek();
    this.#failed = listed;
    this.#tell(
      error,
      `open ${name}`,
      before ? 'The model before stays.' : 'A model file (.onnx) can be dropped here.',
    );
    batch(() => {
      if (listed.given) {
        const list = this.list.value ?? [];
        // Of one that was told something wrong, what it was before.
        const others = list.flatMap((one) =>
          one !== listed ? [one] : one.name === before?.listed.name ? [before.listed] : [],
        );
        this.list.value = others.length > 0 ? others : undefined;
      }
      this.#settings.value = { ...this.#settings.value, model: before?.listed.name };
    });
  }

  #tell(error: unknown, doing: string, more = ''): void {
    if (error instanceof TokenNeeded) {
      this.tokenAsked.value = this.#token === undefined ? 'missing' : 'wrong';
    } else {
      const words = plainWords(error, doing);
      this.problem.value = more === '' ? words : withSentence(words, more);
    }
  }

  /** The first explanations are WebAssembly's; the GPU follows when it works. */
  async #tryWebgpu(open: OpenModel): Promise<void> {
    const found = await this.client.tryWebgpu(open.preference === 'webgpu').catch(
      (error): Pick<OpenModel, 'device' | 'note'> => ({
        device: 'wasm',
        note: plainWords(error, 'use WebGPU'),
      }),
    );
    if (this.open.value !== open) return;
    batch(() => {
      this.open.value = { ...open, ...found };
      if (found.device !== open.device) this.#session.value++;
    });
  }
}
