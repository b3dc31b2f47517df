/** The server's API description: OpenAPI 3.1, generated from the schemas that check its requests. */
import { z } from 'zod';
import {
  explainAnswer,
  explainAnswers,
  healthAnswer,
  modelAnswer,
  predictAnswer,
  predictAnswers,
} from './answers.ts';
import { jsonType } from './body.ts';
import { imageField, mostPictures } from './form.ts';
import { explainParameters, type ParameterRules, predictParameters } from './parameters.ts';
import { problemSchema, problemType } from './problem.ts';

type Json = Readonly<Record<string, unknown>>;

export interface OpenApiOptions {
  /** The project's version. */
  readonly version: string;
  readonly rules: ParameterRules;
  /** Whether a token is needed. */
  readonly token: boolean;
}

/** Error statuses of all requests with pictures. */
const ofPictures = [400, 408, 413, 415, 422, 429, 503] as const;
const problems: Readonly<Record<number, string>> = {
  400: 'The request is damaged.',
  401: 'The token is missing or wrong.',
  404: 'It does not exist, or has expired.',
  405: 'The path allows other methods only, listed in `Allow`.',
  408: 'The request did not arrive in time.',
  413: 'The body, or the picture in it, is too large.',
  415: 'The body is compressed, or has parts without being a form.',
  422: 'A parameter is wrong, or the picture cannot be read.',
  429: 'The server is busy; `Retry-After` gives the time of the next try.',
  500: 'An internal error of the server.',
  503: 'It took too long, or the server is stopping.',
};

/** The document of a server with these models. */
export function openApiDocument({ version, rules, token }: OpenApiOptions): Json {
  const security = token ? { security: [{ token: [] }] } : {};
  const open = { security: [] };
  const model = {
    name: 'model',
    in: 'query',
    schema: jsonSchema(predictParameters(rules).shape.model as z.ZodType),
  };
  return {
    openapi: '3.1.0',
    info: {
      title: 'high-res-mapping',
      version,
      description: 'What an image classifier sees in a picture, and where.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    ...security,
    paths: {
      '/v1/explain': {
        post: {
          operationId: 'explain',
          summary: 'Predictions, and where the evidence for a class lies',
          ...withPicture(explainParameters(rules)),
          responses: answers(
            json(z.union([explainAnswer, explainAnswers]), 'What the model saw, and where.'),
            ...ofPictures,
          ),
        },
      },
      '/v1/predict': {
        post: {
          operationId: 'predict',
          summary: 'The most probable classes',
          ...withPicture(predictParameters(rules)),
          responses: answers(
            json(z.union([predictAnswer, predictAnswers]), 'The best classes.'),
            ...ofPictures,
          ),
        },
      },
      '/v1/model': {
        get: {
          operationId: 'model',
          summary: 'The models of the server',
          responses: answers(json(modelAnswer, 'The models.')),
        },
      },
      '/v1/model/file': {
        get: {
          operationId: 'modelFile',
          summary: "A model's file, which any ONNX Runtime can run",
          parameters: [model],
          responses: {
            ...answers(file('The file.', 'application/octet-stream'), 422),
            304: { description: 'The client has it already, by `If-None-Match`.' },
          },
        },
      },
      '/v1/results/{id}/{name}': {
        get: {
          operationId: 'result',
          summary: 'An output of an explanation, delivered as a link',
          parameters: ['id', 'name'].map((name) => ({
            name,
            in: 'path',
            required: true,
            schema: { type: 'string' },
          })),
          responses: answers(file('The output.', 'application/x-npy', 'image/png'), 404),
        },
      },
      '/metrics': {
        get: {
          operationId: 'metrics',
          summary: 'Figures for Prometheus',
          responses: answers(file('Its text format.', 'text/plain')),
        },
      },
      '/healthz': {
        get: {
          operationId: 'health',
          summary: 'Whether the server is running',
          ...open,
          responses: answers(json(healthAnswer, 'It is running.'), 503),
        },
      },
      '/openapi.json': {
        get: {
          operationId: 'openapi',
          summary: 'This document',
          ...open,
          responses: answers(file('OpenAPI 3.1.', 'application/json')),
        },
      },
    },
    components: {
      schemas: { Problem: jsonSchema(problemSchema) },
      ...(token ? { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } } : {}),
    },
  };
  function answers(ok: Json, ...statuses: readonly number[]): Json {
    const all = [...(token ? [401] : []), ...statuses, 500].map((status) => [status, problem(status)]);
    return { 200: ok, ...Object.fromEntries(all) };
  }
}

/**
 * A request's picture and parameters: the parameters in the query and the picture as body; or both in a form,
 * or in JSON.
 */
function withPicture(parameters: z.ZodObject): Json {
  const schemas = Object.entries(parameters.shape).map(
    ([name, schema]) => [name, jsonSchema(schema as z.ZodType)] as const,
  );
  const picture = Object.fromEntries(
    ['image/*', 'application/octet-stream'].map((type) => [type, { schema: {} }]),
  );
  const withImage = (image: Json): Json => ({
    schema: {
      type: 'object',
      properties: { [imageField]: image, ...Object.fromEntries(schemas) },
      required: [imageField],
      additionalProperties: false,
    },
  });
  const form = withImage({ description: `The picture; may be repeated, up to ${mostPictures}.` });
  const base64 = { type: 'string', contentEncoding: 'base64' };
  const inJson = withImage({
    description: 'The picture, or a list of pictures, in base64 or as base64 data URLs.',
    oneOf: [base64, { type: 'array', items: base64, minItems: 1, maxItems: mostPictures }],
  });
  return {
    parameters: schemas.map(([name, { description, ...schema }]) => ({
      name,
      in: 'query',
      description,
      schema,
      // Classes are repeated, since their names may contain commas; outputs are one list.
      ...(schema.type === 'array' ? { style: 'form', explode: name === 'class' } : {}),
    })),
    requestBody: {
      required: true,
      content: { ...picture, 'multipart/form-data': form, [jsonType]: inJson },
    },
  };
}

function json(schema: z.ZodType, description: string): Json {
  return { description, content: { 'application/json': { schema: jsonSchema(schema) } } };
}

function file(description: string, ...types: readonly string[]): Json {
  return { description, content: Object.fromEntries(types.map((type) => [type, { schema: {} }])) };
}

function problem(status: number): Json {
  return {
    description: problems[status],
    content: { [problemType]: { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}

function jsonSchema(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'output' });
  return rest;
}
