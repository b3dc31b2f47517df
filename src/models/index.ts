/**
 * `high-res-mapping/models`: models, their weights and files, and their layers for explanations. It runs
 * anywhere.
 */
export { compareWeights, formatComparison, type WeightComparison } from './compare-weights.ts';
export { densenetLayers, networkOf } from './densenet-network.ts';
export { decodeKerasModel, encodeKerasModel, type KerasOptions } from './keras-model.ts';
export {
  type Expansion,
  expansions,
  initializeWeights,
  type Model,
  type ModelConfig,
  type ModelType,
  transferWeights,
  type Weights,
} from './model.ts';
export { decodeModel, encodeModel } from './model-file.ts';
export { gradientName, type LayerTable, type Network } from './network.ts';
export { formatSummary, type ModelSummary, summarize } from './summary.ts';
