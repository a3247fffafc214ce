// A route is a value: where it stands, what it takes, what it answers, and the deed. The same schemas check requests and
// make the OpenAPI document, so neither can say what the other does not.
import type { Hono } from "hono";
import { z } from "zod";
import { BsvError } from "#core/errors.ts";
import { queryPairs } from "#core/query-text.ts";
import type { Need, Principal } from "#core/access/principal.ts";
import type { AskedBefore } from "./answers/asked-before.ts";
import { admitted, houseFor } from "./access/gate.ts";
import { whoAsks } from "./access/who-asks.ts";
import type { House } from "./house.ts";
import { readJsonBody } from "./json-body.ts";
import type { Visit } from "./layers/visit.ts";

/** What a handler is given. */
export interface Call<P, Q, H, B> {
  /** As the principal sees it: its scope and its writer reach no further. */
  readonly house: House;
  /** Undefined only where a route needs nobody. */
  readonly principal: Principal | undefined;
  /** The address it comes from. */
  readonly from: string;
  readonly request: Request;
  readonly params: P;
  readonly query: Q;
  readonly headers: H;
  readonly body: B;
  readonly visit: Visit;
  /** Bun closes a connection on which nothing moves: says how long it may rest from now on. */
  readonly restFor: (seconds: number) => void;
}

export type Method = "GET" | "POST" | "PUT" | "DELETE";

/** What is documented of an answer. */
export interface Answer {
  readonly about: string;
  readonly schema?: z.ZodType;
  /** Media types; JSON unless said otherwise. */
  readonly types?: readonly string[];
  /** A list that goes on behind its Link. */
  readonly isPage?: boolean;
}

interface RouteOf<P extends Shape, Q extends Shape, H extends Shape, B extends Shape> {
  readonly method: Method;
  /** As OpenAPI writes it: `/machines/{machine_id}`. */
  readonly path: string;
  readonly about: string;
  /** Who may ask: it is checked before anything else is looked at. */
  readonly needs: Need;
  readonly params?: P;
  readonly query?: Q;
  /** Of the request; names in lower case. */
  readonly headers?: H;
  /** A small JSON body, checked. */
  readonly body?: B;
  /** A body of any size, which the handler reads itself. */
  readonly stream?: { readonly types: readonly string[]; readonly schema?: z.ZodType };
  readonly answers: Readonly<Record<number, Answer>>;
  /** The answer depends on nothing but the question and the store: asked again, it need not be found again. */
  readonly isOfStore?: true;
  handle(
    call: Call<z.output<P>, z.output<Q>, z.output<H>, z.output<B>>,
  ): Response | Promise<Response>;
}

type Shape = z.ZodObject;

export type Route = RouteOf<Shape, Shape, Shape, Shape>;

/** Declares a route; its types are its handler's business only. */
export function route<
  P extends Shape = typeof nothing,
  Q extends Shape = typeof nothing,
  H extends Shape = typeof nothing,
  B extends Shape = typeof nothing,
>(declared: RouteOf<P, Q, H, B>): Route {
  return declared as unknown as Route;
}

export interface Bindings {
  readonly visit: Visit;
}

/** Puts the route on the app. */
export function mount(
  app: Hono<{ Bindings: Bindings }>,
  house: House,
  declared: Route,
  asked: AskedBefore,
): void {
  const path = declared.path.replaceAll(/\{(\w+)\}/g, ":$1");
  const { needs } = declared;
  /** Made once for each who asks again. */
  const seenBy = new WeakMap<Principal, House>();
  app.on(declared.method, path, async (context) => {
    const { visit } = context.env;
    visit.route = declared.path;
    const principal = needs === "nobody" ? undefined : admitted(await whoAsks(house, visit), needs);
    visit.principal = principal;
    if (principal?.keyId) house.bounds.keys.take(principal.keyId);
    let seen = principal === undefined ? house : seenBy.get(principal);
    if (seen === undefined) seenBy.set(principal!, (seen = houseFor(house, principal!, needs)));
    const answer = async (): Promise<Response> => {
      const params = checked("path", declared.params ?? nothing, context.req.param());
      const query = checked("query", declared.query ?? nothing, queryOf(context.req.raw));
      const headers = checked("header", declared.headers ?? nothing, {
        ...(declared.headers === undefined ? {} : context.req.header()),
      });
      const { raw: request } = context.req;
      const body = declared.body === undefined ? {} : await readJsonBody(request, declared.body);
      const restFor = (seconds: number) => visit.server.timeout(visit.request, seconds);
      const { from } = visit;
      const call = { house: seen, principal, from, request, params, query, headers, body, visit };
      return declared.handle({ ...call, restFor });
    };
    return declared.isOfStore === true ? asked.answer(seen, context.req.raw, answer) : answer();
  });
}

// --- internal ---

const nothing = z.strictObject({});

/** Each parameter once: of two, neither can be meant. */
function queryOf({ url }: Request): Record<string, string> {
  const query = new Map<string, string>();
  for (const [name, value] of queryPairs(new URL(url).search)) {
    if (query.has(name)) {
      throw new BsvError("invalid_request", `query: ${name} is given more than once`);
    }
    query.set(name, value);
  }
  return Object.fromEntries(query);
}

function checked<S extends z.ZodType>(place: string, schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const name = issue.path.length === 0 ? "" : ` ${issue.path.join(".")}`;
  throw new BsvError("invalid_request", `${place}${name}: ${issue.message}`);
}
