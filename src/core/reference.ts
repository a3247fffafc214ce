// How people name a snapshot (design §8): `[[MACHINE/]SET@]REF`, where REF is an id or a unique prefix of at least four digits,
// `latest`, `latest~3`, or a date: the last snapshot at or before it.
import { BsvError } from "./errors.ts";
import { isName } from "./names.ts";
import { parseMoment } from "./timestamp.ts";

export type Revision =
  | { kind: "id"; prefix: string }
  | { kind: "latest"; back: number }
  | { kind: "date"; atMs: number };

export interface Reference {
  machineId: string | undefined;
  setName: string | undefined;
  revision: Revision;
}

/** Parses a reference; throws `usage` with the forms there are. A date means the end of that day, UTC, a second its end. */
export function parseReference(text: string): Reference {
  const at = text.lastIndexOf("@");
  const place = at < 0 ? [] : text.slice(0, at).split("/");
  const revision = parseRevision(text.slice(at + 1));
  if (revision === undefined || place.length > 2 || !place.every(isName)) {
    throw new BsvError("usage", `Not a snapshot reference: ${JSON.stringify(text)}`, {
      hint: "Say an id (or at least 4 digits of it), latest, latest~3 or 2026-11-01; before it, if needed, SET@ or MACHINE/SET@",
    });
  }
  return { machineId: place.length === 2 ? place[0] : undefined, setName: place.at(-1), revision };
}

// --- internal ---

function parseRevision(text: string): Revision | undefined {
  const latest = /^latest(?:~(\d{1,6}))?$/.exec(text);
  if (latest !== null) return { kind: "latest", back: Number(latest[1] ?? 0) };
  if (/^[0-9a-f]{4,64}$/.test(text)) return { kind: "id", prefix: text };
  const atMs = parseMoment(text, "end");
  return atMs === undefined ? undefined : { kind: "date", atMs };
}
