import type { Tensor } from '../tensor/tensor.ts';
import type { Refinement } from './pipeline.ts';

/** Every map of a refinement under the name that its file has: `low_cam`, as in `NAME.low_cam.npy`. */
export function mapsOf(r: Refinement): Record<string, Tensor> {
  const cams = { low_cam: r.lowCam, high_cam: r.highCam };
  const refined = { merged: r.merged, kept: r.kept };
  if (r.refiner === 'crf') {
    const { colours, unary, affinity, probabilities } = r;
    return { ...cams, colours, unary, affinity, probabilities, ...refined };
  }
  return {
    ...cams,
    blurred: r.blurred,
    low_resized: r.lowResized,
    edges: r.edges,
    roi: r.roi,
    focal_points: r.focalPoints,
    segmented: r.segmented,
    full_segment: r.fullSegment,
    ...refined,
  };
}
