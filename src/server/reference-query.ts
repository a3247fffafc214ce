// Snapshot references in a query: of the path's backupset, unless they name another.
import { z } from "zod";
import { BsvError } from "#core/errors.ts";
import { parseReference, type Reference } from "#core/reference.ts";
import type { SetName } from "#db/backupsets.ts";
import { resolveReference } from "#db/find-snapshot.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";

export const referenceQuery = (about: string) =>
  z
    .string()
    .max(400)
    .transform((text, context) => {
      try {
        return parseReference(text);
      } catch (error) {
        if (!(error instanceof BsvError)) throw error;
        context.addIssue({ code: "custom", message: error.message });
        return z.NEVER;
      }
    })
    .optional()
    .meta({ description: `${about}; an id, latest~1 or a date, of another set MACHINE/SET@REF` });

/** Without a reference it is the latest, or the one `back` before. Throws `not_found` or `ambiguous`. */
export function resolveIn(
  scope: Scope,
  set: SetName,
  reference: Reference | undefined,
  back: number,
): Promise<SnapshotRow> {
  const meant = reference ?? { ...set, revision: { kind: "latest", back } };
  return resolveReference(scope, meant.setName === undefined ? { ...meant, ...set } : meant);
}
