// One line of the log for each request, when its answer has gone out or broken off.
import { withoutKeys } from "#core/access/access.ts";
import type { Layer, Visit } from "./visit.ts";

export type Log = (line: Record<string, unknown>) => void;

/** Of what is no request's: when, how bad, what, and its facts. */
export const lineOf = (
  level: "info" | "warn" | "error",
  what: string,
  facts: Record<string, unknown>,
): Record<string, unknown> => ({ time: new Date().toISOString(), level, what, ...facts });

/** Logs each request when its answer's last byte is taken, or nobody takes it any more. */
export function logged(log: Log): Layer {
  return async (visit, next) => whenTaken(await next(), visit, log);
}

// --- internal ---

function whenTaken(answer: Response, visit: Visit, log: Log): Response {
  const { request, trouble } = visit;
  const finish = (bytes: number, broken?: unknown) => {
    for (const act of visit.atEnd) act(bytes);
    const error = broken ?? trouble;
    log({
      time: new Date().toISOString(),
      level: answer.status >= 500 || broken !== undefined ? "error" : "info",
      request_id: visit.requestId,
      from: visit.from,
      key: visit.principal?.keyId ?? undefined,
      method: request.method,
      path: withoutKeys(visit.path),
      status: answer.status,
      ms: Math.round((performance.now() - visit.startedAtMs) * 10) / 10,
      bytes,
      error: error === undefined ? undefined : said(error),
    });
  };
  const length = answer.headers.get("content-length");
  if (length !== null || request.method === "HEAD" || answer.body === null) {
    finish(request.method === "HEAD" ? 0 : Number(length));
    return answer;
  }
  return new Response(counted(answer.body, visit, finish), answer);
}

function counted(
  body: ReadableStream<Uint8Array>,
  visit: Visit,
  tell: (bytes: number, broken?: unknown) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let bytes = 0;
  let isFinished = false;
  const finish = (...how: [bytes: number, broken?: unknown]) => {
    if (!isFinished) tell(...how);
    isFinished = true;
  };
  return new ReadableStream(
    {
      start(controller) {
        visit.breakOff = (why) => {
          if (isFinished) return;
          finish(bytes, why);
          controller.error(why);
          void reader.cancel(why).catch(alreadyTold);
        };
      },
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (isFinished) return; // broken off meanwhile
          if (done) {
            finish(bytes);
            controller.close();
            return;
          }
          bytes += value.length;
          controller.enqueue(value);
        } catch (error) {
          finish(bytes, error);
          controller.error(error); // the connection breaks: a list cut short must not look whole
        }
      },
      async cancel(reason) {
        finish(bytes, "the reader left");
        await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

/** What the source says about being left is no news: the reason was logged. */
function alreadyTold(): void {}

function said(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.stack ?? `${error.name}: ${error.message}`;
}
