import * as ort from 'onnxruntime-node';

/** `y = x` on a float32 vector, as an ONNX file. */
export const copyModel: string =
  'CAgSEGhpZ2gtcmVzLW1hcHBpbmc6SwoTCgF4EgF5GgF5IghJZGVudGl0eRIQaGlnaF9yZXNfbWFwcGluZ1oQCgF4EgsKCQgBEgUKAxIBTmIQCgF5EgsK' +
  'CQgBEgUKAxIBTkIECgAQEg==';

/**
 * Copies a vector from a device to CPU memory, by a session on the device that returns it. ONNX Runtime for
 * Node cannot read it directly (1.30: a tensor's `getData` crashes the process).
 */
export async function readVector(
  value: ort.Tensor,
  providers: readonly ort.InferenceSession.ExecutionProviderConfig[],
): Promise<ort.Tensor> {
  const session = await ort.InferenceSession.create(Buffer.from(copyModel, 'base64'), {
    executionProviders: [...providers],
    logSeverityLevel: 4,
  });
  try {
    return (await session.run({ x: value })).y;
  } finally {
    await session.release();
  }
}
