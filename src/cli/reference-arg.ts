// How every command takes a snapshot reference, and what its help says of it.
import { parseReference } from "#core/reference.ts";

export const REFERENCE_HELP = `A snapshot is named by its id, by the first digits of it (at least 4), by latest,
latest~3 (the third before the latest) or a date (the last one at or before it).
Where the store has several backupsets, say SET@ or MACHINE/SET@ before it.`;

export const reference = {
  type: "positional",
  valueHint: "REF",
  description: "A snapshot, such as latest, 3f786850 or project-data@2026-11-01",
  read: parseReference,
} as const;
