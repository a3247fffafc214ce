// Versions of files as an answer tells them, and what may be asked of them.
import { z } from "zod";
import { entrySchema } from "#core/entry-json.ts";
import { END_KINDS } from "#core/sighting.ts";
import { KEY_CURSOR_LIMIT } from "#db/search/key-cursor.ts";
import { pageShape } from "./answers/page.ts";
import { sizeRange } from "./size-range.ts";
import { moment, snapshotIdShape, timestampShape } from "./shapes.ts";

const seen = { snapshot_id: snapshotIdShape, timestamp: timestampShape };

export const sightingShape = z.object({
  machine_id: z.string(),
  backupset_name: z.string(),
  first_seen: z.object(seen),
  last_seen: z.object(seen),
  snapshot_count: z.int(),
  end: z
    .object({ kind: z.enum(END_KINDS), why: z.string().nullable(), ...seen })
    .nullable()
    .meta({ description: "The first snapshot without it; null while the newest has it" }),
  entry: entrySchema,
});

export const checksumShape = z
  .string()
  .regex(/^[0-9A-Fa-f]{4,128}$/, "is not 4 to 128 hex digits")
  .transform((hex) => hex.toLowerCase())
  .optional()
  .meta({ description: "Files with this content" });

export const versionQuery = {
  checksum: checksumShape,
  ...sizeRange,
  mtime_from: moment("start").meta({ description: "Of the file: not before this time" }),
  mtime_to: moment("end").meta({ description: "Of the file: not after this time" }),
};

/** Pages whose cursor is a place in the one order. */
export const placedPage = {
  limit: pageShape.limit,
  cursor: z.string().max(KEY_CURSOR_LIMIT).optional(),
};

export const aSightingPage = {
  about: "A page of versions, which may be short or empty and yet go on",
  schema: z.array(sightingShape),
  isPage: true,
};
