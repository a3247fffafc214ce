// Every request's way through the server: an id, its route, compression, headers that promise nothing more than meant, one line of
// log. Whatever a route throws leaves as a problem.
import { Hono } from "hono";
import { BsvError } from "#core/errors.ts";
import { jsonAnswer } from "./answer.ts";
import { compressed } from "./compress.ts";
import type { House } from "./house.ts";
import { openapi, OPENAPI_PATH } from "./openapi.ts";
import { methodNotAllowed, problemAnswer } from "./problem.ts";
import { logged, type Log } from "./request-log.ts";
import { mount, type Bindings } from "./route.ts";
import { routes } from "./routes.ts";

export interface AppOptions {
  readonly house: House;
  readonly log: Log;
  readonly version: string;
}

export type Answering = (request: Request, server: Bindings["server"]) => Promise<Response>;

/** Makes the function that answers requests; it never throws. */
export function makeApp({ house, log, version }: AppOptions): Answering {
  const app = new Hono<{ Bindings: Bindings }>();
  for (const route of routes) mount(app, house, route);
  const described = openapi(routes, version);
  app.get(OPENAPI_PATH, () => jsonAnswer(described));
  app.notFound(({ req }) => otherMethods(req.method, req.path));
  app.onError((error) => {
    throw error;
  });

  return async (request, server) => {
    const requestId = crypto.randomUUID();
    const startedAtMs = performance.now();
    const { pathname: path } = new URL(request.url);
    let trouble: unknown;
    let answer: Response;
    try {
      refuseOtherSites(request);
      answer = await compressed(request, await app.fetch(request, { server }));
    } catch (error) {
      answer = problemAnswer(error, requestId);
      if (answer.status >= 500) trouble = error;
    }
    for (const [name, value] of Object.entries(GUARDS)) answer.headers.set(name, value);
    if (!answer.headers.has("cache-control")) answer.headers.set("Cache-Control", "no-store");
    answer.headers.set("X-Request-Id", requestId);
    return logged(log, { requestId, method: request.method, path, startedAtMs }, answer, trouble);
  };
}

// --- internal ---

/** Nothing we answer is to be sniffed, framed or run. */
const GUARDS = {
  "X-Content-Type-Options": "nosniff",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
};

/** A web page of another site must not write here through somebody's browser. */
function refuseOtherSites(request: Request): void {
  const origin = request.headers.get("origin");
  if (origin === null || URL.parse(origin)?.host === request.headers.get("host")) return;
  throw new BsvError("forbidden", "Requests from pages of other sites are refused");
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
