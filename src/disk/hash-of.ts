// The SHA-256 of one file that somebody names: read as a scan reads, so that a torn read gives no hash.
import { realpathSync } from "node:fs";
import { BsvError } from "#core/errors.ts";
import { pathText } from "#core/path-bytes.ts";
import { systemPath } from "./folder.ts";
import { fileHasher } from "./hash-file.ts";
import { factsAt } from "./place.ts";
import { systemCode, troubleText } from "./trouble.ts";

/**
 * Lower-case hex. A link is followed: its user means the file. Throws `not_found` for a file that can't be read, saying why, and
 * `usage` for what is none.
 */
export async function hashOf(path: string): Promise<string> {
  const place = regularFileAt(path);
  const end = place.lastIndexOf("/") + 1;
  const file = { root: place.slice(0, end), path: place.slice(end), expected: undefined };
  const hashed = await fileHasher(() => false)(file);
  if (hashed.kind === "read") return Buffer.from(hashed.digest).subarray(0, 32).toString("hex");
  throw cannotRead(path, hashed.error);
}

// --- internal ---

function regularFileAt(path: string): string {
  try {
    const kind = factsAt(path, "follow")?.kind;
    if (kind === "file") {
      return pathText(realpathSync.native(systemPath(path), { encoding: "buffer" }));
    }
    if (kind === undefined) throw cannotRead(path, "ENOENT: not there");
    throw new BsvError("usage", `${path} is no regular file, but a ${kind}`, {
      hint: "Say one file",
      details: { path },
    });
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    throw cannotRead(path, troubleText(error));
  }
}

const cannotRead = (path: string, why: string): BsvError =>
  new BsvError("not_found", `Cannot read ${path}: ${why}`, { details: { path } });
