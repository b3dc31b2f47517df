import { expect, test } from 'vitest';
import { OutOfMemoryError } from '../errors/out-of-memory-error.ts';
import { ortError } from './ort-error.ts';

test('puts an error of ONNX Runtime into one line', () => {
  const cause = new Error('Got invalid dimensions\nfor input: image');
  const error = ortError('ONNX Runtime failed', cause);
  expect(error).toMatchObject({ message: 'ONNX Runtime failed: Got invalid dimensions', cause });
  expect(error).not.toBeInstanceOf(OutOfMemoryError);
});

test('an error about memory has its own class', () => {
  expect(ortError('It failed', new Error('std::bad_alloc'))).toEqual(
    new OutOfMemoryError('It failed: std::bad_alloc'),
  );
  expect(ortError('It failed', 'Aborted(OOM)')).toBeInstanceOf(OutOfMemoryError);
});

test.each([
  ['/o/core/graph/graph.cc:1555 void onnxruntime::Graph::Init() Invalid model', 'Invalid model'],
  ['/o/model.cc:202 onnxruntime::Model::Model(onnx::ModelProto&&, const std::map<int, int>&) No', 'No'],
  [
    'Status Message: /o/squeeze.h:79 virtual onnxruntime::Status onnxruntime::S::Compute(C*) const a (b)',
    'Status Message: a (b)',
  ],
  ['/o/y.h:3 T onnxruntime::F<T>::operator()(int) const [with T = float] bad', 'bad'],
  ['slice.cc:153 FillVectorsFromInput Invalid axis (5) for rank 3', 'Invalid axis (5) for rank 3'],
  [
    '[ONNXRuntimeError] : 1 : FAIL : tensorprotoutils.cc:2128 Constant Node: /x has none',
    'Node: /x has none',
  ],
  ['Load model from a.onnx failed: no such place', 'Load model from a.onnx failed: no such place'],
])("removes source locations: '%s'", (said, left) => {
  expect(ortError('It failed', new Error(said)).message).toBe(`It failed: ${left}`);
});

test('accepts names of any length', () => {
  for (const said of ['x'.repeat(400_000), 'a.h:1 '.repeat(40_000), `a.h:1 ${'a::'.repeat(50_000)}`]) {
    expect(ortError('It failed', new Error(said)).message.length).toBeLessThan(2100);
  }
});
