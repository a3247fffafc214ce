// HEAD: what GET would say, without its body. A length is told where it is known before a body is made and not changed by
// compression; else none, where Bun alone would say 0.
import type { Layer } from "./visit.ts";

export const headed: Layer = async (visit, next) => {
  const answer = await next();
  if (visit.request.method !== "HEAD" || answer.status === 304) return answer;
  if (!answer.headers.has("content-length")) answer.headers.set("Transfer-Encoding", "chunked");
  return answer;
};
