// Who a remote takes us for.
import { z } from "zod";
import { RIGHTS } from "#core/access/principal.ts";
import { jsonOf } from "./answer.ts";
import { call } from "./call.ts";
import type { Remote } from "./remote.ts";

export type RemoteSelf = z.infer<typeof selfAnswer>;

export function fetchSelf(remote: Remote, signal: AbortSignal): Promise<RemoteSelf> {
  const read = jsonOf(selfAnswer);
  return call(remote, { method: "GET", path: ["auth", "whoami"], read }, signal);
}

// --- internal ---

const word = z.string().max(200);

const selfAnswer = z.object({
  user: word.nullable(),
  role: z.enum(["admin", "member"]),
  key_id: word.nullable(),
  scopes: z.array(z.enum(RIGHTS)),
  machines: z.array(word).nullable(),
});
