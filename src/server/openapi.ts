// The OpenAPI 3.1 document, made from the routes' own schemas: zod writes the JSON Schema dialect that OpenAPI 3.1 speaks.
import { z } from "zod";
import type { Need } from "#core/access/principal.ts";
import type { Answer, Route } from "./route.ts";
import { problemShape } from "./shapes.ts";

export const OPENAPI_PATH = "/openapi.json";

export function openapi(
  operations: Readonly<Record<string, Route>>,
  version: string,
  basePath: string,
): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const [operationId, route] of Object.entries(operations)) {
    const operation = { operationId, ...operationOf(route) };
    (paths[route.path] ??= {})[route.method.toLowerCase()] = operation;
  }
  paths[OPENAPI_PATH] = {
    get: {
      operationId: "getOpenApi",
      summary: "This document",
      responses: { 200: { description: "OpenAPI 3.1", content: { "application/json": {} } } },
    },
  };
  const description =
    "The independent witness for backups: stores snapshots of what was on disk, and answers from their history.";
  return {
    openapi: "3.1.0",
    info: { title: "bsv", version, description },
    servers: [{ url: basePath === "" ? "/" : basePath }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "A key, or a token of one" },
        key: { type: "apiKey", in: "header", name: "X-API-Key" },
        session: { type: "apiKey", in: "cookie", name: "__Host-bsv" },
      },
    },
  };
}

// --- internal ---

const NEEDS = {
  anyone: "any valid key",
  push: "a key that may push",
  read: "a key that may read",
  admin: "a key with the scope admin",
  operator: "a key with the scope admin, of an admin of the server",
} as const satisfies Record<Exclude<Need, "nobody">, string>;

function operationOf(route: Route): object {
  const body =
    route.stream === undefined
      ? route.body && { types: ["application/json"], schema: route.body }
      : route.stream;
  const answers = Object.entries(route.answers).map(([status, answer]) => [
    status,
    Number(status) < 400 ? answerOf(answer) : problemOf(answer.about),
  ]);
  return {
    summary: route.about,
    security: route.needs === "nobody" ? [] : [{ bearer: [] }, { key: [] }, { session: [] }],
    ...(route.needs === "nobody" ? {} : { description: `Needs: ${NEEDS[route.needs]}.` }),
    parameters: [
      ...parametersOf("path", route.params),
      ...parametersOf("query", route.query),
      ...parametersOf("header", route.headers),
    ],
    ...(body && { requestBody: { content: contentOf(body.types, body.schema, "input") } }),
    responses: { ...Object.fromEntries(answers), default: problemOf("What went wrong (RFC 9457)") },
  };
}

function parametersOf(place: string, shape: z.ZodObject | undefined): object[] {
  return Object.entries(shape?.shape ?? {}).map(([name, schema]) => {
    const { description, ...rest } = jsonSchema(schema as z.ZodType, "input") as Described;
    return {
      name,
      in: place,
      required: !(schema as z.ZodType).safeParse(undefined).success,
      ...(description === undefined ? {} : { description }),
      schema: rest,
    };
  });
}

interface Described {
  description?: string;
}

function answerOf({ about, schema, types, isPage }: Answer): object {
  return {
    description: about,
    ...(schema && { content: contentOf(types ?? ["application/json"], schema, "output") }),
    ...(isPage === true && {
      headers: {
        Link: { description: 'rel="next": where the list goes on', schema: { type: "string" } },
      },
    }),
  };
}

function problemOf(description: string): object {
  return { description, content: contentOf(["application/problem+json"], problemShape, "output") };
}

function contentOf(
  types: readonly string[],
  schema: z.ZodType | undefined,
  side: "input" | "output",
): object {
  const described = schema === undefined ? {} : { schema: jsonSchema(schema, side) };
  return Object.fromEntries(types.map((type) => [type, described]));
}

function jsonSchema(schema: z.ZodType, side: "input" | "output"): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: side });
  return rest;
}
