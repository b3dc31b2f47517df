/**
 * How the state of a training is laid out in the few vectors that a step reads and returns. In files and in
 * the API it has one tensor for each weight; a step with one input and one output for each of them would copy
 * them one by one.
 */
import { sizeOf, type Tensor, tensor } from '../tensor/tensor.ts';

/** Weights, batch norm's moving statistics, the optimiser's slots and counters, by name. */
export type TrainingState = ReadonlyMap<string, Tensor<'float32'>>;

/** Inputs of a step that hold its state, by name. */
export type StateVectors = Readonly<Record<string, Tensor<'float32'>>>;

/** A weight or a moving statistic. */
export interface StateEntry {
  readonly name: string;
  /** The shape outside of a step. */
  readonly shape: readonly number[];
  /** Whether the vector has the first two axes transposed. Default false. */
  readonly exchanged?: boolean;
}

/** The parts of a step's state. */
export interface StateLayoutOptions {
  /** The trained parameters, in the order of the vector `parameters`. */
  readonly parameters: readonly StateEntry[];
  /**
   * Names of `parameters` in the order in which a slot has them outside of a step; the same on every device.
   */
  readonly slotOrder: readonly string[];
  /** Names of what the optimiser stores for each parameter. */
  readonly slots: readonly string[];
  /** Names of what it stores for all parameters together: scalars. */
  readonly counters: readonly string[];
  /** Moving statistics, in the order of the vector `moving`. */
  readonly moving: readonly StateEntry[];
}

/** Suffix of a vector's name: its value after the step. */
export const nextSuffix = '/next';

/** Names of the inputs that hold all parameters and all moving statistics. */
export const vectorNames = { parameters: 'parameters', moving: 'moving' } as const;

/** Converts the state between its form in files and its form in one step's graph. */
export class StateLayout {
  readonly #options: StateLayoutOptions;
  readonly #parameters: readonly Place[];
  readonly #moving: readonly Place[];
  /** The parts of a slot, in their order outside of a step. */
  readonly #slot: readonly (Place & { readonly outside: number })[];

  constructor(options: StateLayoutOptions) {
    this.#options = options;
    this.#parameters = placesOf(options.parameters);
    this.#moving = placesOf(options.moving);
    const byName = new Map(this.#parameters.map((place) => [place.name, place]));
    let outside = 0;
    this.#slot = options.slotOrder.map((name) => {
      const place = byName.get(name) as Place;
      outside += place.length;
      return { ...place, outside: outside - place.length };
    });
  }

  /** Names of the step's inputs that hold the state: vectors and counters. */
  get names(): readonly string[] {
    return [...this.vectors, ...this.#options.counters];
  }

  /** Those of `names` that are vectors. */
  get vectors(): readonly string[] {
    const { slots, moving } = this.#options;
    return [vectorNames.parameters, ...(moving.length > 0 ? [vectorNames.moving] : []), ...slots];
  }

  /** The state as inputs of a step. */
  pack(state: TrainingState): StateVectors {
    const { slots, counters } = this.#options;
    const packed: Record<string, Tensor<'float32'>> = {};
    packed[vectorNames.parameters] = joined(state, this.#parameters);
    if (this.#moving.length > 0) packed[vectorNames.moving] = joined(state, this.#moving);
    for (const name of slots) {
      const { data } = stateOf(state, name);
      const inside = new Float32Array(data.length);
      for (const place of this.#slot) put(inside, place, data.subarray(place.outside));
      packed[name] = tensor('float32', [data.length], inside);
    }
    for (const name of counters) packed[name] = stateOf(state, name);
    return packed;
  }

  /** The inverse of `pack`. */
  unpack(vectors: StateVectors): TrainingState {
    const { slots, counters } = this.#options;
    const state = new Map<string, Tensor<'float32'>>();
    for (const [vector, places] of [
      [vectorNames.parameters, this.#parameters],
      [vectorNames.moving, this.#moving],
    ] as const) {
      for (const place of places)
        state.set(place.name, tensor('float32', place.shape, take(vectors[vector].data, place)));
    }
    for (const name of slots) {
      const { data } = vectors[name];
      const outside = new Float32Array(data.length);
      for (const place of this.#slot) outside.set(take(data, place), place.outside);
      state.set(name, tensor('float32', [data.length], outside));
    }
    for (const name of counters) state.set(name, vectors[name]);
    return state;
  }

  /** The state inputs of the next step, from a step's results. */
  next(results: Readonly<Record<string, Tensor>>): StateVectors {
    return Object.fromEntries(
      this.names.map((name) => [name, results[name + nextSuffix] as Tensor<'float32'>]),
    );
  }
}

/** The place of an entry in its vector, in elements. */
interface Place extends StateEntry {
  readonly start: number;
  readonly length: number;
}

function placesOf(entries: readonly StateEntry[]): Place[] {
  let start = 0;
  return entries.map((entry) => {
    const length = sizeOf(entry.shape);
    start += length;
    return { ...entry, start: start - length, length };
  });
}

function joined(state: TrainingState, places: readonly Place[]): Tensor<'float32'> {
  const out = new Float32Array(places.reduce((sum, { length }) => sum + length, 0));
  for (const place of places) put(out, place, stateOf(state, place.name).data);
  return tensor('float32', [out.length], out);
}

/**
 * Writes an entry into its place.
 * @param values in the layout outside of a step
 */
function put(vector: Float32Array, { shape, exchanged, start, length }: Place, values: Float32Array): void {
  if (!exchanged) vector.set(values.subarray(0, length), start);
  else exchange(values, 0, vector, start, shape[0], shape[1], length);
}

/** Reads an entry, in the layout outside of a step. */
function take(vector: Float32Array, { shape, exchanged, start, length }: Place): Float32Array<ArrayBuffer> {
  if (!exchanged) return vector.slice(start, start + length) as Float32Array<ArrayBuffer>;
  const out = new Float32Array(length);
  exchange(vector, start, out, 0, shape[1], shape[0], length);
  return out;
}

/** `[a, b, ...]` to `[b, a, ...]`. */
function exchange(
  from: Float32Array,
  fromStart: number,
  to: Float32Array,
  toStart: number,
  a: number,
  b: number,
  length: number,
): void {
  const run = length / (a * b);
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < b; j++) {
      const start = fromStart + (i * b + j) * run;
      to.set(from.subarray(start, start + run), toStart + (j * a + i) * run);
    }
  }
}

function stateOf(state: TrainingState, name: string): Tensor<'float32'> {
  const found = state.get(name);
  if (!found) throw new Error(`internal: the state has no '${name}'`);
  return found;
}
