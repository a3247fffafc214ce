// A copy as people declare it in the backupset file: where it is, and how its names go with the snapshot's paths. Its name is what
// reports call it.
import { z } from "zod";
import type { Place } from "./place.ts";
import { plainName, trimmed, type Layout } from "#core/proof/layout.ts";

const text = z.string().min(1, "is empty").max(4096);
const path = text.regex(/^(\/|[A-Za-z]:\/)/, "must be a whole path, as the snapshot has it");

export const copySchema = z
  .strictObject({
    target: text.describe(
      "A folder, or what --copy of `bsv verify` takes: tar:FILE, zip:FILE, restic:REPO, s3://BUCKET/PREFIX … Of a cmd:COMMAND records tell the first word and a hash only.",
    ),
    strip: text.optional().describe("Taken off the front of the copy's names."),
    prefix: path
      .optional()
      .describe("Put before the copy's names: where it stands in the snapshot."),
    map: z
      .record(path, z.string().max(4096))
      .optional()
      .describe("Instead of both: paths of the snapshot, each with its name in the copy."),
    marker: text
      .optional()
      .describe("A name that must stand in a folder; without it the copy counts as offline."),
    unicode: z
      .literal("nfc")
      .optional()
      .describe("Take names that differ only in Unicode composition for one."),
    password_file: text
      .optional()
      .describe("A file, 0600, with the password of a zip archive's encrypted entries."),
    trust_checksum: z
      .boolean()
      .optional()
      .describe("Believe the SHA-256 that an object store keeps itself, and read no byte."),
    ignore_mtime: z.boolean().optional().describe("Say nothing of mtimes that differ."),
  })
  .refine((copy) => copy.map === undefined || (copy.strip ?? copy.prefix) === undefined, {
    message: "says map, which has no place beside strip and prefix",
  })
  .describe("A copy of this set, for `bsv verify --copy NAME` and `--all-copies`.");

export type CopyInput = z.infer<typeof copySchema>;

export interface DeclaredCopy {
  readonly name: string;
  /** Of its target. */
  readonly place: Place;
  readonly target: string;
  /** Undefined: guessed. */
  readonly layout: Layout | undefined;
  readonly marker: string | undefined;
  readonly passwordFile: string | undefined;
  readonly trustsChecksum: boolean;
  readonly isComposed: boolean;
  readonly ignoreMtime: boolean;
}

export function declaredCopy(name: string, input: CopyInput, place: Place): DeclaredCopy {
  const { target, strip, prefix, map, marker } = input;
  const maps = Object.entries(map ?? {}).map(([from, to]) => ({
    path: trimmed(from),
    name: plainName(to) ?? "",
  }));
  const isSaid = strip !== undefined || prefix !== undefined || maps.length > 0;
  return {
    name,
    place,
    target,
    layout: isSaid
      ? { strip: plainName(strip ?? "") ?? "", prefix: trimmed(prefix ?? "/"), maps }
      : undefined,
    marker,
    passwordFile: input.password_file,
    trustsChecksum: input.trust_checksum ?? false,
    isComposed: input.unicode === "nfc",
    ignoreMtime: input.ignore_mtime ?? false,
  };
}
