/**
 * All parameters of a step in one vector: the optimiser needs a dozen large nodes, not a dozen for each of a
 * hundred parameters.
 */
import type { Value } from '../graph/graph.ts';
import { builders as o } from '../graph/ops/index.ts';
import type { ParameterSpec } from '../models/scope.ts';
import { sizeOf } from '../tensor/tensor.ts';

/** The order of the parameters in the vector, and the conversions to and from it. */
export class ParameterVector {
  /** In the order of the vector: parameters with L2 first, and rows of one length next to each other. */
  readonly specs: readonly ParameterSpec[];
  /** Runs of parameters that are parts of one matrix; other parameters alone. */
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

  /** Length of the vector's first part, the parameters with L2. */
  get decayed(): number {
    return lengthOf(this.specs.filter(({ l2 }) => l2 > 0));
  }

  /** Every parameter by its name, in the shape in which a network uses it. */
  split(vector: Value): ReadonlyMap<string, Value> {
    const values = new Map<string, Value>();
    // A part that is the parameter itself has its name; values computed from it have names that begin with
    // it.
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

  /** The inverse of `split`: one vector of these values. */
  joined(values: ReadonlyMap<string, Value>): Value {
    const parts = this.#runs.map((run) => {
      const own = run.map(({ name }) => values.get(name) as Value);
      return reshaped(own.length === 1 ? own[0] : o.concat(own, 0), [lengthOf(run)]);
    });
    return parts.length === 1 ? parts[0] : o.concat(parts, 0);
  }
}

/** The shape in which a network uses a parameter. */
export function shapeInside({ shape, asRows }: ParameterSpec): readonly number[] {
  return asRows ? [shape[1], sizeOf(shape) / shape[1]] : shape;
}

/** The parameters with L2 first, else in the given order. */
export function decayedFirst(specs: readonly ParameterSpec[]): ParameterSpec[] {
  return specs.toSorted((a, b) => Number(b.l2 > 0) - Number(a.l2 > 0));
}

/**
 * The row length of a parameter without L2, which may lie beside others of that length; 0: it is not used as
 * rows.
 */
function rowLength(spec: ParameterSpec): number {
  return spec.asRows && spec.l2 === 0 ? shapeInside(spec)[1] : 0;
}

function lengthOf(specs: readonly ParameterSpec[]): number {
  return specs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

function reshaped(value: Value, shape: readonly number[]): Value {
  return String(value.shape) === String(shape) ? value : o.reshape(value, shape);
}
