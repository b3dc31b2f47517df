/**
 * `high-res-mapping/graph`: ONNX graphs, built and differentiated. It runs anywhere.
 *
 * @module high-res-mapping/graph
 */
export { gradients } from './autodiff.ts';
export { Graph, type Value } from './graph.ts';
export { decodeOnnx, encodeOnnx } from './onnx/proto.ts';
export { type Builders, builders } from './ops/index.ts';
