/** The list of models, the one to use, and the open one. */
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
import type { ImportDeclared } from './imported-facts.ts';
import { ModelClient, type ModelFacts } from './model-client.ts';
import { type ListedModel, listModels } from './model-list.ts';

export interface OpenModel extends ModelFacts {
  readonly listed: ListedModel;
  /** Size of its file. */
  readonly bytes: number;
  /** The device that the user chose; `device` is the one in use. */
  readonly preference: DevicePreference;
}

export interface ModelsOptions {
  /** Default: a client that starts a worker. */
  readonly client?: ModelClient;
  /** Pictures for importing classifiers of other programs. Default: none. */
  readonly pictures?: () => Promise<readonly Picture[]>;
}

/** Sorts files by their purpose; of several files with class names, the last is used. */
function givenBeside(files: readonly File[]): ImportDeclared {
  const isClasses = ({ name }: File): boolean => /\.(txt|json)$/i.test(name) && !/config\.json$/i.test(name);
  const classes = files.findLast(isClasses);
  return { beside: files.filter((file) => !isClasses(file)), ...(classes && { classes }) };
}

export class Models {
  readonly client: ModelClient;
  /**
   * The models to choose from, with those that were dropped or picked; undefined until the list is loaded.
   */
  readonly list: Signal<readonly ListedModel[] | undefined> = signal(undefined);
  /** The model to use: the chosen one, else the preferred one, else the first. */
  readonly wanted: ReadonlySignal<ListedModel | undefined>;
  readonly open: Signal<OpenModel | undefined> = signal(undefined);
  /**
   * A number for the open model's session, if it is the model to use; a new session triggers a new
   * explanation.
   */
  readonly usable: ReadonlySignal<number | undefined>;
  /** The work in progress, in words. */
  readonly busy: Signal<string | undefined> = signal(undefined);
  readonly problem: Signal<string | undefined> = signal(undefined);
  /** Why the server's token is asked for: it was not given yet, or it is wrong. */
  readonly tokenAsked: Signal<'missing' | 'wrong' | undefined> = signal(undefined);
  readonly #settings: Signal<Settings>;
  readonly #pictures: () => Promise<readonly Picture[]>;
  readonly #session: Signal<number> = signal(0);
  #token: string | undefined;
  /** The open model's file, for opening it again on another device. */
  #file: { readonly of: ListedModel; readonly bytes: Uint8Array } | undefined;
  /** The model being fetched or opened. */
  #coming: { readonly listed: ListedModel; readonly controller: AbortController } | undefined;
  /** A model that could not be opened; it is not tried again unless the user chooses it. */
  #failed: ListedModel | undefined;

  /** @param preferred name of the model that suits the picture */
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

  /** Loads the list of models: those of a server, or those of the static site. */
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
      this.#report(error, 'load the model', 'A model file (.onnx) can be dropped here.');
    } finally {
      if (this.busy.value === busy) this.busy.value = undefined;
    }
  }

  /** Sets the server's token, which is kept only in this page. */
  async giveToken(token: string): Promise<void> {
    this.#token = token;
    // Other characters cannot be in a header.
    if (/^[\x21-\x7e]+$/.test(token)) await this.load();
    else this.tokenAsked.value = 'wrong';
  }

  /** @param name undefined: the model that suits the picture */
  choose(name: string | undefined): void {
    this.#failed = undefined;
    this.#settings.value = { ...this.#settings.value, model: name };
    void this.#settle();
  }

  /**
   * Opens a model's file and adds it to the list.
   * @param beside files that came with it
   */
  async give(file: File, beside: readonly File[] = []): Promise<void> {
    const { name } = file;
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      if (bytes.length === 0) throw new Problem(`${name} is empty.`);
      const declared = givenBeside(beside);
      const given: ListedModel = { name, path: name, given: true, declared, bytes: async () => bytes };
      batch(() => {
        this.list.value = [...(this.list.value ?? []).filter((one) => one.name !== name), given];
        this.choose(name);
      });
    } catch (error) {
      this.#report(error, `open ${name}`);
    }
  }

  /**
   * Takes files that declare something about the open model, such as its class names; it is imported again
   * with them.
   */
  giveBeside(files: readonly File[]): void {
    const { listed, imported } = this.open.value ?? {};
    if (imported?.here) {
      this.declare(givenBeside([...(listed?.declared?.beside ?? []), ...files]));
      return;
    }
    const names = files.map(({ name }) => name).join(', ');
    this.problem.value = `${names}: extra files, such as class names, are only for classifiers of other programs. This model has its own.`;
  }

  /** Declares more about the open model, which is imported again. */
  declare(declared: ImportDeclared): void {
    const listed = this.open.value?.listed;
    if (listed === undefined) return;
    const better: ListedModel = { ...listed, declared: { ...listed.declared, ...declared } };
    this.#failed = undefined;
    this.list.value = (this.list.value ?? []).map((one) => (one === listed ? better : one));
  }

  /** Fetches and opens until the open model is the one to use. */
  async #settle(): Promise<void> {
    if (this.#coming !== undefined) {
      // The loop below checks again.
      if (this.#next() !== this.#coming.listed) this.#coming.controller.abort();
      return;
    }
    for (let next = this.#next(); next !== undefined; next = this.#next()) await this.#bring(next);
  }

  /** The model to open next; undefined: none. */
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
      const { declared = {}, given = false } = listed;
      const pictures = given ? await this.#pictures() : [];
      const facts = await this.client.open({ bytes, name, declared, pictures });
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

  /** Returns to the open model, if there is one. */
  #fail(listed: ListedModel, error: unknown, name: string): void {
    const before = this.open.peek();
    this.#failed = listed;
    this.#report(
      error,
      `open ${name}`,
      before ? 'The previous model stays.' : 'A model file (.onnx) can be dropped here.',
    );
    batch(() => {
      if (listed.given) {
        const list = this.list.value ?? [];
        // A model with a wrong declaration returns to the previous one.
        const others = list.flatMap((one) =>
          one !== listed ? [one] : one.name === before?.listed.name ? [before.listed] : [],
        );
        this.list.value = others.length > 0 ? others : undefined;
      }
      this.#settings.value = { ...this.#settings.value, model: before?.listed.name };
    });
  }

  #report(error: unknown, doing: string, more = ''): void {
    if (error instanceof TokenNeeded) {
      this.tokenAsked.value = this.#token === undefined ? 'missing' : 'wrong';
    } else {
      const words = plainWords(error, doing);
      this.problem.value = more === '' ? words : withSentence(words, more);
    }
  }

  /** The first explanations run with WebAssembly; WebGPU follows once it works. */
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
