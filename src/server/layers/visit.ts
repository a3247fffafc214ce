// One request from the door to its line of log, and the layers around the routes that it passes: one concern each, a file each.
import type { Server } from "bun";
import { BsvError } from "#core/errors.ts";
import type { Principal } from "#core/access/principal.ts";

/** What is used of Bun's server. */
export type Connections = Pick<Server<undefined>, "timeout" | "requestIP">;

export interface Visit {
  readonly request: Request;
  readonly server: Connections;
  readonly requestId: string;
  /** Of the clock that only goes forward. */
  readonly startedAtMs: number;
  /** As it was asked for. */
  readonly path: string;
  /** Below the base path: what routes are found by. */
  routePath: string;
  /** The address that asks; behind a trusted proxy, the one it speaks for. */
  from: string;
  /** The path of the route that answers, as it is declared; undefined where there is none. */
  route: string | undefined;
  /** Who asks, once the gate has told; undefined where nobody signed in. */
  principal: Principal | undefined;
  /** Put on the answer, whatever it will be. */
  readonly answerHeaders: [name: string, value: string][];
  /** What went wrong inside: for the log alone. */
  trouble: unknown;
  /** Done when the last byte of the answer is taken, or nobody takes it any more. */
  readonly atEnd: ((sentBytes: number) => void)[];
  /** Breaks off an answer on its way, with this for a reason. */
  breakOff: (why: unknown) => void;
}

export type Layer = (visit: Visit, next: () => Promise<Response>) => Promise<Response>;

export function visitOf(request: Request, server: Connections): Visit {
  // Without a usable Host, Bun leaves a bare path where the address should stand.
  const path = URL.parse(request.url)?.pathname ?? "";
  return {
    request,
    server,
    requestId: crypto.randomUUID(),
    startedAtMs: performance.now(),
    path,
    routePath: "",
    from: "",
    route: undefined,
    principal: undefined,
    answerHeaders: [],
    trouble: undefined,
    atEnd: [],
    breakOff: () => {},
  };
}

/** Passes the layers, outermost first, then `inside`. */
export function passing(
  layers: readonly Layer[],
  inside: (visit: Visit) => Promise<Response>,
): (visit: Visit) => Promise<Response> {
  return layers.reduceRight<(visit: Visit) => Promise<Response>>(
    (next, layer) => (visit) => layer(visit, () => next(visit)),
    inside,
  );
}

/** The one header of this name, or none: of two, neither can be meant, and proxies choose differently. */
export function onlyHeader(request: Request, name: string): string | null {
  const value = request.headers.get(name);
  if (value?.includes(",") !== true) return value;
  throw new BsvError("invalid_request", `The header ${name} is given more than once`);
}
