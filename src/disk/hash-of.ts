// The SHA-256 of one file that somebody names: read as a scan reads, so that a torn read gives no hash.
import { BsvError } from "#core/errors.ts";
import { fileHasher } from "./hash-file.ts";

/** Lower-case hex. Throws `not_found` for a file that can't be read, saying why. */
export async function hashOf(path: string): Promise<string> {
  const end = path.lastIndexOf("/") + 1;
  const file = { root: path.slice(0, end) || "/", path: path.slice(end), expected: undefined };
  const hashed = await fileHasher(() => false)(file);
  if (hashed.kind === "read") return Buffer.from(hashed.digest).subarray(0, 32).toString("hex");
  throw new BsvError("not_found", `Cannot read ${path}: ${hashed.error}`, { details: { path } });
}
