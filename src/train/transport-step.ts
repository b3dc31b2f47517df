/**
 * The training step of an expansion by transport. The classifier is frozen: its feature maps and its evidence
 * are fed.
 */
import type { Value } from '../graph/graph.ts';
import { builders as o } from '../graph/ops/index.ts';
import { toChannelsFirst } from '../models/densenet-fcn.ts';
import { type StageFeatures, trainedStages, transport, transportGrid } from '../models/transport.ts';
import { buildStep, type StepModel, type StepOptions, type TrainingStep } from './build-step.ts';
import { evidenceError } from './losses.ts';

/** Channels, height and width of feature maps. */
export type MapsShape = readonly [channels: number, height: number, width: number];

export interface TransportStepOptions extends Omit<StepOptions, 'size'> {
  /** Height and width of the pictures. */
  readonly size: number;
  readonly channels: number;
  /** How many classes of a picture are used: each has a map and a soft label. */
  readonly slots: number;
  /** Shape of the low-resolution feature maps, one pixel a cell. */
  readonly cells: MapsShape;
  /** Shapes of finer feature maps, by the number of their stage. */
  readonly stages: ReadonlyMap<number, MapsShape>;
}

/** Name of the input that holds a stage's feature maps. */
export function stageInput(stage: number): string {
  return `stage_${stage}`;
}

/**
 * Inputs: `image` float32 `[N, H, W, C]`; `cells` `[N, K, h, w]` and, for each stage, `stageInput`,
 * `[N, K, h, w]`; `evidence` `[N, S, h, w]`, the raw maps of S classes; `soft_label` `[N, S, R, R]`, R =
 * ceil(H/2), where each class's object is; `weight` `[N, S]`, the weight of each class, 0 for an unused slot.
 */
export function transportStep(model: StepModel, options: TransportStepOptions): Omit<TrainingStep, 'inputs'> {
  const { batchSize: n, size, channels, slots, cells, stages } = options;
  return buildStep(model, options, ({ graph, trained }) => {
    const image = graph.input('image', 'float32', [n, size, size, channels]);
    const maps = graph.input('cells', 'float32', [n, ...cells]);
    const finer: StageFeatures = new Map(
      [...stages].map(([stage, shape]): [number, Value] => [
        stage,
        graph.input(stageInput(stage), 'float32', [n, ...shape]),
      ]),
    );
    const [, h, w] = cells;
    const evidence = graph.input('evidence', 'float32', [n, slots, h, w]);
    const soft = graph.input('soft_label', 'float32', [n, slots, ...transportGrid([size, size])]);
    const weight = graph.input('weight', 'float32', [n, slots]);
    const moved = transport(trained, {
      image: toChannelsFirst(image),
      cells: maps,
      finer,
      stages: trainedStages(model.weights),
      evidence,
      carried: scaledTo(o.relu(evidence), soft),
    });
    return evidenceError(moved, soft, weight);
  });
}

/** Evidence scaled so that its mean is that of the soft label, class by class. */
function scaledTo(evidence: Value, soft: Value): Value {
  const { graph } = evidence;
  const mean = o.add(o.reduceMean(evidence, [2, 3], true), graph.scalar(1e-6));
  return o.mul(evidence, o.div(o.reduceMean(soft, [2, 3], true), mean));
}
