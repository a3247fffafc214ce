// The keys this user signs in to remotes with: one for each remote, in a file of its own, 0600. A key is found only under the very
// address it was stored for, so that it is never sent to another.
import { BsvError } from "#core/errors.ts";
import { readSecretFileIfAny, writeSecretFile } from "./secret-file.ts";

/** Undefined where none is stored. Throws `config_invalid` when others may read the file. */
export function storedKey(configDir: string, remoteUrl: string): string | undefined {
  return readRing(configDir)[remoteUrl];
}

/** In the place of one that is stored already. */
export function storeKey(configDir: string, remoteUrl: string, key: string): void {
  writeRing(configDir, { ...readRing(configDir), [remoteUrl]: key });
}

/** Whether there was one. */
export function forgetKey(configDir: string, remoteUrl: string): boolean {
  const { [remoteUrl]: key, ...others } = readRing(configDir);
  if (key === undefined) return false;
  writeRing(configDir, others);
  return true;
}

// --- internal ---

type Ring = Readonly<Record<string, string>>;

const fileIn = (configDir: string): string => `${configDir}/keys.json`;

function readRing(configDir: string): Ring {
  const file = fileIn(configDir);
  const text = readSecretFileIfAny(file, "the keys in");
  if (text === undefined) return {};
  try {
    const ring = JSON.parse(text) as unknown;
    if (isRing(ring)) return ring;
  } catch {
    // told below: neither the text nor what JSON.parse says of it may be shown
  }
  throw new BsvError("config_invalid", `${JSON.stringify(file)} is not what bsv wrote there`, {
    hint: "Remove it, and sign in again with `bsv login`",
    details: { file },
  });
}

function writeRing(configDir: string, ring: Ring): void {
  writeSecretFile(fileIn(configDir), `${JSON.stringify(ring, null, 2)}\n`);
}

const isRing = (value: unknown): value is Ring =>
  typeof value === "object" &&
  value !== null &&
  Object.values(value).every((key) => typeof key === "string");
