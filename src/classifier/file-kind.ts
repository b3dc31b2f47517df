/** Recognises files of other formats that are mistaken for ONNX files, by their first bytes. */
import { FileError } from '../errors/file-error.ts';

const toOnnx = 'export it to ONNX';

interface FileKind {
  readonly name: string;
  /** What the user should do. */
  readonly remedy: string;
  /** @param head the first bytes, as Latin-1 text */
  fits(head: string): boolean;
}

const kinds: readonly FileKind[] = [
  {
    name: 'an HDF5 file, as Keras writes them',
    remedy: `${toOnnx}, with tf2onnx for instance`,
    fits: (head) => head.startsWith('\x89HDF\r\n\x1a\n'),
  },
  {
    name: 'a PyTorch file or another pickle of Python',
    remedy: `${toOnnx}, with torch.onnx.export`,
    // A zip file with a pickle in it, or a file of torch.export.save; before PyTorch 1.6 a plain pickle.
    fits: (head) => (isZip(head) && /\/(data\.pkl|data\/weights\/)/.test(head)) || isPickle(head),
  },
  {
    name: 'a Keras file',
    remedy: `${toOnnx}, with model.export(..., format="onnx")`,
    fits: (head) => isZip(head) && /metadata\.json|config\.json|model\.weights\.h5/.test(head),
  },
  { name: 'a zip file', remedy: 'unpack it', fits: isZip },
  {
    name: 'a TensorFlow Lite file',
    remedy: `${toOnnx}, with tf2onnx --tflite for instance`,
    fits: (head) => head.startsWith('TFL3', 4),
  },
  {
    name: "a file of ONNX Runtime's own format (.ort)",
    remedy: 'take the .onnx file that it was made from',
    fits: (head) => head.startsWith('ORTM', 4),
  },
  {
    // A SavedModel has schema version 1 where ONNX has an IR version of 3 or more; a frozen graph begins with
    // a node.
    name: 'a TensorFlow graph',
    remedy: `${toOnnx}, with tf2onnx for instance`,
    fits: (head) => head.startsWith('\x08\x01\x12') || (head[0] === '\x0a' && head.includes('Placeholder')),
  },
  {
    name: 'a safetensors file, which holds weights and no model',
    remedy: `${toOnnx} what they are loaded into`,
    // The length of a JSON text in 8 bytes, then the text.
    fits: (head) => head.startsWith('\0\0\0{"', 5),
  },
  {
    name: 'a pointer of Git LFS',
    remedy: 'git lfs pull gets the file itself',
    fits: (head) => head.startsWith('version https://git-lfs'),
  },
  {
    name: 'a web page',
    remedy: 'download the file itself',
    fits: (head) => /^\s*<(!doctype )?html/i.test(head),
  },
];

function isZip(head: string): boolean {
  return head.startsWith('PK\x03\x04');
}

/** Whether it is a pickle of protocol 2 to 5. */
function isPickle(head: string): boolean {
  return head[0] === '\x80' && ['\x02', '\x03', '\x04', '\x05'].includes(head[1]);
}

/**
 * @param name in the error
 * @throws `FileError` if the bytes are of another known format, or there are none
 */
export function checkFileKind(bytes: Uint8Array, name: string): void {
  if (bytes.length === 0) throw new FileError(name, 'the file is empty');
  const head = String.fromCharCode(...bytes.subarray(0, 4096));
  const kind = kinds.find(({ fits }) => fits(head));
  if (kind) throw new FileError(name, `it is ${kind.name}, an ONNX file is needed: ${kind.remedy}`);
}
