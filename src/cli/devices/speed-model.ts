/** The benchmark that compares devices: convolutions, the main part of most networks. */
import { Graph } from '../../graph/graph.ts';
import { encodeOnnx } from '../../graph/onnx/proto.ts';
import { builders as o } from '../../graph/ops/index.ts';
import type { SpeedModel } from '../../runtime/probe.ts';
import { random } from '../../tensor/random.ts';
import { tensor } from '../../tensor/tensor.ts';

const channels = 64;
/** Small enough for software GPUs, which compute about 0.25 GFLOP/s. Faster devices get larger batches. */
const side = 32;
const layers = 2;

/** What the figure measures, for people. */
export const speedOf: string = `${layers} convolutions in float32: 3 x 3, ${channels} channels, ${side} x ${side} pixels, in batches that take 0.1 s (at most 1,024 pictures)`;

/**
 * The input and the output are one number each, so the transfer does not count. The weights are products of
 * few numbers, which keeps the file small.
 */
export function speedModel(): SpeedModel {
  const { uniform } = random(1);
  const draw = (shape: readonly number[]): ReturnType<Graph['constant']> => {
    const size = shape.reduce((product, length) => product * length, 1);
    return graph.constant(
      tensor(
        'float32',
        shape,
        Float32Array.from({ length: size }, () => uniform(-0.1, 0.1)),
      ),
    );
  };
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['N', 1, 1, 1]);
  let h = o.add(o.add(x, draw([1, channels, 1, 1])), draw([1, 1, side, side]));
  for (let i = 0; i < layers; i++) {
    const kernel = o.mul(draw([channels, 1, 3, 3]), draw([1, channels, 1, 1]));
    h = o.conv(h, kernel, { pads: [1, 1, 1, 1] });
  }
  graph.output(o.identity(o.reduceMean(h, [1, 2, 3]), 'y'));
  return {
    model: Buffer.from(encodeOnnx(graph)).toString('base64'),
    flops: layers * 2 * 9 * channels * channels * side * side,
  };
}
