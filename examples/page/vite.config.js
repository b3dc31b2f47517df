// For `npx vite`: ONNX Runtime finds its WebAssembly beside its own files, so these are not to be bundled.
export default { optimizeDeps: { exclude: ['onnxruntime-web'] } };
