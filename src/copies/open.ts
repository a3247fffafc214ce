// Which reader reads a target: by its scheme, else by its ending, else it is a folder. One line for each kind.
import { BsvError } from "#core/errors.ts";
import type { Copy } from "./copy.ts";
import { folderCopy } from "./folder.ts";
import { kopiaCopy } from "./kopia.ts";
import { sumsCopy } from "./sums.ts";
import { tarCopy } from "./tar-copy.ts";
import { rcloneCopy } from "./rclone.ts";
import { s3Copy } from "./s3.ts";
import { zipCopy } from "./zip.ts";
import { borgCopy, commandCopy, resticCopy } from "./tool-copy.ts";

export interface OpenOptions {
  /** Makes a path that people write absolute and exact. */
  readonly resolve: (path: string) => string;
  /** A name that must stand in a folder: without it the wrong disk is mounted. */
  readonly marker: string | undefined;
  /** What the snapshot says there is: far more than this is a bomb. */
  readonly expectedBytes: number;
  /** Of encrypted entries. */
  readonly password?: string | undefined;
  /** Whether an object store's own checksums are taken for the bytes. */
  readonly trustsChecksum?: boolean;
}

/** Opens a copy for reading. Throws `usage` for a target that nobody can read. */
export function openCopy(target: string, options: OpenOptions): Copy {
  const scheme = /^([a-z][a-z0-9]+):/.exec(target)?.[1];
  const kind = KINDS.find(
    (one) => one.scheme === scheme || (scheme === undefined && one.ending?.test(target)),
  );
  if (options.password !== undefined && kind?.scheme !== "zip") {
    throw new BsvError("usage", "A password file is for zip archives only", {
      hint: "restic and borg have their own variables for it; of any other say cmd:COMMAND",
    });
  }
  if (options.trustsChecksum === true && kind?.scheme !== "s3") {
    throw new BsvError("usage", "Only an object store (s3://) has checksums to trust", {
      hint: "A list of checksums is sums:FILE; of any other copy the bytes are read",
    });
  }
  if (kind !== undefined) {
    const rest = scheme === undefined ? target : target.slice(scheme.length + 1);
    const copy = kind.open(rest, options);
    return { ...copy, target: withoutSecrets(copy.target) };
  }
  if (scheme === undefined || scheme === "file") {
    const path = scheme === undefined ? target : target.slice("file:".length);
    return folderCopy(options.resolve(path), options.marker);
  }
  throw new BsvError(
    "usage",
    `No copy can be read at ${JSON.stringify(target)}: ${scheme}: is unknown`,
    {
      hint: `Say a folder, or one of ${KINDS.map((one) => `${one.scheme}:`).join(", ")}; a folder of that name is file:${target}`,
    },
  );
}

// --- internal ---

/** What is recorded and pushed tells no password of an address. */
const withoutSecrets = (target: string): string => target.replaceAll(/:\/\/[^/@\s]*@/g, "://***@");

interface Kind {
  readonly scheme: string;
  readonly ending?: RegExp;
  open(rest: string, options: OpenOptions): Copy;
}

const KINDS: readonly Kind[] = [
  { scheme: "tar", ending: /\.(tar(\.[a-z0-9]+)?|tgz|tbz2?|txz|tzst)$/i, open: tarCopy },
  { scheme: "zip", ending: /\.zip$/i, open: zipCopy },
  { scheme: "restic", open: resticCopy },
  { scheme: "borg", open: borgCopy },
  { scheme: "kopia", open: kopiaCopy },
  { scheme: "s3", open: s3Copy },
  { scheme: "rclone", open: rcloneCopy },
  { scheme: "sums", open: sumsCopy },
  { scheme: "cmd", open: commandCopy },
];
