/** All parameters of a step in one vector: for the optimiser, a dozen large nodes instead of a dozen for each of a hundred. */
import type { Value } from '../graph/graph.ts';
import { builders as o } from '../graph/ops/index.ts';
import type { ParameterSpec } from '../models/scope.ts';
import { sizeOf } from '../tensor/tensor.ts';

/** The order of the parameters in the vector, and the ways in and out. */
export class ParameterVector {
  /** In the order of the vector: what is under L2 comes first, and rows of one length stand together. */
  readonly specs: readonly ParameterSpec[];
  /** Parameters that are parts of one matrix, and others alone. */
  readonly #runs: readonly (readonly ParameterSpec[])[];

  constructor(specs: readonly ParameterSpec[]) {
    this.specs = decayedFirst(specs.toSorted((a, b) => rowLength(b) - rowLength(a)));
    const runs: ParameterSpec[][] = [];
    for (const spec of this.specs) {
      const last = runs.at(-1);
      if (last && rowLength(spec) > 0 && rowLength(spec) === rowLength(last[0])) last.push(spec);
      else runs.push([spec]);
    }
    this.#runs = runs;
  }

  get length(): number {
    return lengthOf(this.specs);
  }

  /** How much of the vector, from its beginning, is under L2. */
  get decayed(): number {
    return lengthOf(this.specs.filter(({ l2 }) => l2 > 0));
  }

  /** Every parameter, by its name, in the shape in which a network gets it. */
  parted(vector: Value): ReadonlyMap<string, Value> {
    const values = new Map<string, Value>();
    // Where a part is the parameter itself, it has its name; else what is made of it has a name that begins with it.
    const names = this.#runs.map(([spec, ...more]) =>
      more.length === 0 && shapeInside(spec).length === 1 ? spec.name : undefined,
    );
    const parts = o.split(vector, 0, this.#runs.map(lengthOf), names);
    for (const [i, run] of this.#runs.entries()) {
      const shapes = run.map(shapeInside);
      const rows = shapes.map(([count]) => count);
      const names = run.map(({ name }) => name);
      const whole = vector.graph.named(names[0], () =>
        reshaped(parts[i], [rows.reduce((a, b) => a + b), ...shapes[0].slice(1)]),
      );
      const own = run.length === 1 ? [whole] : o.split(whole, 0, rows, names);
      for (const [k, name] of names.entries()) values.set(name, own[k]);
    }
    return values;
  }

  /** The vector of such values. */
  joined(values: ReadonlyMap<string, Value>): Value {
    const parts = this.#runs.map((run) => {
      const own = run.map(({ name }) => values.get(name) as Value);
      return reshaped(own.length === 1 ? own[0] : o.concat(own, 0), [lengthOf(run)]);
    });
    return parts.length === 1 ? parts[0] : o.concat(parts, 0);
  }
}

/** The shape of a parameter as a network gets it. */
export function shapeInside({ shape, asRows }: ParameterSpec): readonly number[] {
  return asRows ? [shape[1], sizeOf(shape) / shape[1]] : shape;
}

/** What is under L2 comes first. */
export function decayedFirst(specs: readonly ParameterSpec[]): ParameterSpec[] {
  return specs.toSorted((a, b) => Number(b.l2 > 0) - Number(a.l2 > 0));
}

/** Of rows that are not under L2, which may stand beside others of their length; else 0. */
function rowLength(spec: ParameterSpec): number {
  return spec.asRows && spec.l2 === 0 ? shapeInside(spec)[1] : 0;
}

function lengthOf(specs: readonly ParameterSpec[]): number {
  return specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

function reshaped(value: Value, shape: readonly number[]): Value {
  return String(value.shape) === String(shape) ? value : o.reshape(value, shape);
}
