/** How the graph of a finished network becomes a session. */
import type { Graph } from '../graph/graph.ts';
import { encodeOnnx } from '../graph/onnx/proto.ts';
import { forProcessor } from '../graph/rewrite/processor.ts';
import { inParts } from '../runtime/in-parts.ts';
import type { CreateSession, Session } from '../runtime/session.ts';

/** A session of a finished model's graph in the form, and with the batches, that run fastest on a processor. */
export async function openOnProcessor(graph: Graph, createSession: CreateSession): Promise<Session> {
  return inParts(await createSession(encodeOnnx(forProcessor(graph, 'inference'))));
}
