import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { type FloatMap, tensor } from '../../tensor/tensor.ts';
import type { FeatureMaps } from './layer-reader.ts';
import type { CamMethodEntry } from './method.ts';
import { channelsOf } from './weighted-sum.ts';

/** The map is the same for every class: it does not depend on the class. */
export const eigenCam: CamMethodEntry = {
  name: 'eigen-cam',
  title: 'Eigen-CAM',
  paper: 'Muhammad, Yeasin, Eigen-CAM: Class Activation Map using Principal Components, IJCNN 2020',
  looksAt: 'target',
  layerChoice: 'one',
  smoothing: 'raw',
  make:
    ({ reader }) =>
    async (image) =>
      eigenCamMap((await reader.activations(image))[0]),
};

/**
 * L = X v (equation 3): X the activations, a row for each position and a column for each channel; v its first
 * right singular vector. As in pytorch-grad-cam, each column's mean is subtracted first, which makes L the
 * first principal component: signed, with mean 0.
 *
 * The sign of a singular vector is arbitrary. Here the value of L with the largest magnitude is positive, as
 * in Chung, Ying, *Seg-Eigen-CAM*, Applied Sciences 15(13), 2025, equation 13, so that the object is positive
 * and its surroundings are not.
 */
export function eigenCamMap(activations: FeatureMaps): FloatMap {
  const [, height, width] = activations.shape;
  const columns = channelsOf(activations).map((values) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return Array.from(values, (value) => value - mean);
  });
  const transposed = new Matrix(columns); // [channels, positions]
  const projection = firstComponent(transposed);
  const [low, high] = [Math.min(...projection), Math.max(...projection)];
  const sign = -low > high ? -1 : 1;
  return tensor(
    'float32',
    [height, width],
    projection.map((value) => sign * value),
  );
}

/**
 * X v, from the smaller of the two Gram matrices: for the largest eigenvalue, X'X has the eigenvector v, and
 * XX' has X v / |X v|.
 */
function firstComponent(transposed: Matrix): number[] {
  const { rows: channels, columns: positions } = transposed;
  if (channels <= positions) {
    const { vector } = topEigenvector(transposed.mmul(transposed.transpose()));
    return transposed.transpose().mmul(vector).to1DArray();
  }
  const { vector, value } = topEigenvector(transposed.transpose().mmul(transposed));
  return vector.mul(Math.sqrt(Math.max(0, value))).to1DArray();
}

function topEigenvector(symmetric: Matrix): { vector: Matrix; value: number } {
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(symmetric, {
    assumeSymmetric: true,
  });
  const top = realEigenvalues.reduce((best, value, i) => (value > realEigenvalues[best] ? i : best), 0);
  return { vector: eigenvectorMatrix.subMatrixColumn([top]), value: realEigenvalues[top] };
}
