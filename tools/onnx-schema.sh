#!/usr/bin/env bash
# Makes src/graph/onnx/onnx-schema.ts, ONNX's messages as types and a descriptor, from the ONNX project's own onnx-ml.proto, which
# PyPI's `onnx` holds. Needs pip, unzip and npm; the packages it fetches are for this command alone.
#
#     tools/onnx-schema.sh
set -euo pipefail
onnx=1.23.2 buf=1.75.0 generator=2.17.0
target="$(cd "$(dirname "$0")/.." && pwd)/src/graph/onnx/onnx-schema.ts"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
pip download --quiet --no-deps "onnx==$onnx"
unzip -qo onnx-*.whl onnx/onnx-ml.proto
mkdir proto && cp onnx/onnx-ml.proto proto/
npm init -y > /dev/null
npm install --silent "@bufbuild/buf@$buf" "@bufbuild/protoc-gen-es@$generator"
export PATH="$work/node_modules/.bin:$PATH"
# Without the comments of the source: the messages are what is needed.
buf build proto --exclude-source-info -o image.binpb
cat > buf.gen.yaml <<'END'
version: v2
plugins:
  - local: protoc-gen-es
    out: out
    opt: [target=ts, erasable_syntax=true]
END
buf generate image.binpb
{
  echo "// Made by tools/onnx-schema.sh from onnx-ml.proto of ONNX $onnx: Apache-2.0, Copyright (c) ONNX Project Contributors."
  # Bytes that are parsed are never shared memory.
  sed -E 's/\bUint8Array\b/Uint8Array<ArrayBuffer>/g' out/onnx-ml_pb.ts
} > "$target"
