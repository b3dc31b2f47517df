/** A small training step of an expansion by transport. */
import { Graph } from '../../src/graph/graph.ts';
import { initializeParameters } from '../../src/models/model.ts';
import { type ParameterSpec, Scope } from '../../src/models/scope.ts';
import { transport } from '../../src/models/transport.ts';
import type { Device } from '../../src/runtime/session.ts';
import { random } from '../../src/tensor/random.ts';
import type { TrainingStep } from '../../src/train/build-step.ts';
import { optimizers } from '../../src/train/optimizers.ts';
import { transportStep } from '../../src/train/transport-step.ts';

export const transportBatch = 4;
export const transportSize = 32;
export const transportSlots = 2;
/** Feature maps of the cells, and those of stage 1. */
export const transportCells = [6, 4, 4] as const;
export const transportStage = [5, 8, 8] as const;

export function transportCase(device: Device): Omit<TrainingStep, 'inputs'> {
  const weights = initializeParameters(parameters(), random(5));
  return transportStep(
    { classes: ['a', 'b'], weights },
    {
      batchSize: transportBatch,
      optimizer: optimizers.adamw({ weightDecay: 0.01 }),
      size: transportSize,
      channels: 3,
      slots: transportSlots,
      cells: transportCells,
      stages: new Map([[1, transportStage]]),
      device,
    },
  );
}

function parameters(): readonly ParameterSpec[] {
  const graph = new Graph();
  const scope = new Scope({
    graph,
    normalization: 'moving',
    provide: ({ name, shape }) => graph.input(name, 'float32', shape),
  });
  transport(scope, {
    image: graph.input('image', 'float32', [1, 3, transportSize, transportSize]),
    cells: graph.input('cells', 'float32', [1, ...transportCells]),
    finer: new Map([[1, graph.input('finer', 'float32', [1, ...transportStage])]]),
    stages: 2,
    evidence: graph.input('evidence', 'float32', [1, 1, 4, 4]),
  });
  return scope.parameters;
}
