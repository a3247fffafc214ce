// Records of verifications at a remote: which it has, and adding those it lacks.
import { z } from "zod";
import { jsonText } from "#core/entry.ts";
import { verificationFacts, type Verification } from "#core/proof/verification.ts";
import { jsonOf } from "./answer.ts";
import { call } from "./call.ts";
import type { Remote } from "./remote.ts";
import { setPath, type RemoteSet } from "./set.ts";

/** The newest records there: so many, and whether there are older ones. */
const NEWEST = 100;
/** What a server takes as a small body, with room for the rest of the record. */
const FINDINGS_CHARACTERS = 24_000;

export interface NewestThere {
  readonly ids: ReadonlySet<string>;
  /** Of the oldest of them; −∞ where these are all there are. */
  readonly sinceMs: number;
}

export async function fetchNewestVerifications(
  remote: Remote,
  set: RemoteSet,
  signal: AbortSignal,
): Promise<NewestThere> {
  const read = jsonOf(
    z.array(z.object({ id: z.string(), started_at: z.iso.datetime() })).max(NEWEST),
  );
  const query = { limit: String(NEWEST) };
  const path = [...setPath(set), "verifications"];
  const rows = await call(remote, { method: "GET", path, query, read }, signal);
  return {
    ids: new Set(rows.map(({ id }) => id)),
    sinceMs: rows.length < NEWEST ? -Infinity : Date.parse(rows.at(-1)!.started_at),
  };
}

/** With as many findings as fit, by kind, path and reason; they are counted all the same. */
export async function postVerification(
  remote: Remote,
  set: RemoteSet,
  done: Verification,
  signal: AbortSignal,
): Promise<void> {
  let characters = 0;
  const listed = done.listed.map(slim).filter((finding) => {
    characters += jsonText(finding).length;
    return characters <= FINDINGS_CHARACTERS;
  });
  const read = jsonOf(z.object({ status: z.enum(["stored", "exists"]) }));
  await call(
    remote,
    {
      method: "POST",
      path: [...setPath(set), "verifications"],
      headers: { "Content-Type": "application/json" },
      body: jsonText(verificationFacts({ ...done, listed })),
      read,
    },
    signal,
  );
}

// --- internal ---

const slim = ({ kind, path, at, why }: Record<string, unknown>): Record<string, unknown> => ({
  kind,
  path,
  ...(at === undefined ? {} : { at }),
  ...(why === undefined ? {} : { why }),
});
