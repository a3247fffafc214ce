// What a remote says of files, checked: a path that stands for bytes, and an entry that is possible, as in a document.
import { z } from "zod";
import { judgeEntry } from "#core/entry-json.ts";
import type { Entry } from "#core/entry.ts";
import { isExactPath } from "#core/path-bytes.ts";

export const exactPath = z
  .string()
  .min(1)
  .refine((text) => !text.includes("\0") && isExactPath(text));

/** An entry, or null where nothing stands. */
export const entryOrNull = z.unknown().transform((value, context): Entry | null => {
  if (value === null) return null;
  const judged = judgeEntry(value);
  if ("entry" in judged) return judged.entry;
  context.addIssue({ code: "custom", message: judged.problem });
  return z.NEVER;
});
