/** ONNX Runtime computes in one thread: the graphs of tests are small, and several files run at a time. */
import ort from 'onnxruntime-node';

const { create } = ort.InferenceSession;
ort.InferenceSession.create = ((model: Uint8Array, options?: ort.InferenceSession.SessionOptions) =>
  create.call(ort.InferenceSession, model, {
    intraOpNumThreads: 1,
    ...options,
  })) as typeof ort.InferenceSession.create;
