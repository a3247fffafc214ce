// Every request's way through the server: the layers in the order they are passed, then the route. What stands further out has
// less to lose: a request that is refused by its host's name or its sender's address has cost nothing yet.
import { Hono } from "hono";
import { BsvError } from "#core/errors.ts";
import { jsonAnswer } from "./answers/answer.ts";
import { AskedBefore } from "./answers/asked-before.ts";
import { fewAtOnce } from "./layers/at-once.ts";
import { under } from "./layers/base-path.ts";
import { compressed } from "./layers/compress.ts";
import { admitted } from "./access/gate.ts";
import { whoAsks } from "./access/who-asks.ts";
import { guarded } from "./layers/guarded.ts";
import { headed } from "./layers/head.ts";
import { namedHosts } from "./layers/hosts.ts";
import type { House } from "./house.ts";
import { KnownPaths } from "./known-paths.ts";
import { counted } from "./metrics.ts";
import { openapi, OPENAPI_PATH } from "./openapi.ts";
import { knownOrigins } from "./layers/origins.ts";
import { methodNotAllowed } from "./answers/problem.ts";
import { paced } from "./layers/paces.ts";
import { seenThrough } from "./layers/proxies.ts";
import { logged, type Log } from "./layers/request-log.ts";
import { mount, type Bindings } from "./route.ts";
import { operations, routes } from "./routes.ts";
import { timed } from "./layers/timed.ts";
import { toldAsProblems } from "./layers/told.ts";
import { passing, visitOf, type Connections } from "./layers/visit.ts";

/** How the server stands towards the world. */
export interface Front {
  /** `/bsv`, or empty. */
  readonly basePath: string;
  readonly isTls: boolean;
  /** Names to answer to, beside addresses and localhost. */
  readonly hosts: readonly string[];
  /** Sites whose pages may ask. */
  readonly origins: readonly string[];
  /** Addresses and ranges whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
}

export interface AppOptions extends Front {
  readonly house: House;
  readonly log: Log;
  readonly version: string;
}

export type Answering = (request: Request, server: Connections) => Promise<Response>;

/** Makes the function that answers requests; it never throws. */
export function makeApp(options: AppOptions): Answering {
  const app = appOf(options);
  const { bounds } = options.house;
  const answer = passing(
    [
      seenThrough(options.trustedProxies),
      logged(options.log),
      counted(options.house.metrics),
      guarded(options.isTls),
      headed,
      toldAsProblems,
      fewAtOnce(bounds.requests),
      timed(options.house.limits.request_time),
      paced(bounds.addresses),
      namedHosts(options.hosts),
      knownOrigins(options.origins),
      under(options.basePath),
      compressed,
    ],
    async (visit) => app.fetch(visit.request, { visit }),
  );
  return (request, server) => answer(visitOf(request, server));
}

// --- internal ---

function appOf({ house, version, basePath }: AppOptions): Hono<{ Bindings: Bindings }> {
  const app = new Hono<{ Bindings: Bindings }>({
    router: new KnownPaths(),
    getPath: (_request, options) => options!.env!.visit.routePath,
  });
  const asked = new AskedBefore();
  for (const route of routes) mount(app, house, route, asked);
  const described = openapi(operations, version, basePath);
  app.get(OPENAPI_PATH, async ({ env: { visit } }) => {
    admitted(await whoAsks(house, visit), "anyone");
    return jsonAnswer(described);
  });
  app.notFound(({ req }) => otherMethods(req.method, req.path));
  app.onError((error) => {
    throw error;
  });
  return app;
}

const allowed: readonly { path: RegExp; method: string }[] = [
  ...routes,
  { path: OPENAPI_PATH, method: "GET" },
].map(({ path, method }) => ({
  path: new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`),
  method,
}));

/** For a path that has routes, but none for this method; or no route at all. */
function otherMethods(method: string, path: string): Response {
  const methods = allowed.filter((route) => route.path.test(path)).map((route) => route.method);
  if (methods.length === 0) throw new BsvError("not_found", "There is nothing at this path");
  const named = [...new Set([...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"])];
  if (method !== "OPTIONS") return methodNotAllowed(method, named);
  return new Response(null, { status: 204, headers: { Allow: named.join(", ") } });
}
