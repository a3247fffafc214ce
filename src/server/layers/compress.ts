// Answers compressed as the asker likes: streams as they go, small ones in one piece if that is worth it.
import { negotiate } from "#server/answers/negotiate.ts";
import type { Layer } from "./visit.ts";

/** Below this an answer fits one packet anyway. */
const WORTHWHILE_BYTES = 1024;
const BY_ENCODING = "Accept-Encoding";

export const compressed: Layer = async ({ request }, next) => encoded(await next(), request);

/** The answer as this request may have it; one that is encoded already stays as it is. */
export async function encoded(answer: Response, request: Request): Promise<Response> {
  const length = answer.headers.get("content-length");
  if (length !== null && Number(length) < WORTHWHILE_BYTES) return answer; // asking for its body would make a stream of it
  if (answer.status === 304 || answer.body === null) return answer;
  if (answer.headers.has("content-encoding")) return answer;
  if (answer.headers.get("vary")?.includes(BY_ENCODING) !== true) {
    answer.headers.append("Vary", BY_ENCODING);
  }
  const accepted = request.headers.get("accept-encoding");
  const encoding = negotiate(accepted, ["zstd", "gzip"], "*");
  if (encoding === undefined) return answer;
  answer.headers.set("Content-Encoding", encoding);
  const etag = answer.headers.get("etag");
  if (etag?.startsWith('"') === true) answer.headers.set("ETag", `W/${etag}`); // other bytes, same meaning
  if (length === null) {
    const compressor = new CompressionStream(encoding) as ReadableWritablePair<Uint8Array>;
    return new Response(answer.body.pipeThrough(compressor), answer);
  }
  const whole = await answer.arrayBuffer();
  const bytes = encoding === "zstd" ? Bun.zstdCompressSync(whole) : Bun.gzipSync(whole);
  answer.headers.set("Content-Length", String(bytes.length));
  return new Response(bytes, answer);
}
