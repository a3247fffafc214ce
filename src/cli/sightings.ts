// Versions of files that a command line asks for: from this store, or from a remote. To find nothing is told by the exit code.
import { BsvError } from "#core/errors.ts";
import type { Revision } from "#core/reference.ts";
import type { Sighting } from "#core/sighting.ts";
import { timestampText } from "#core/timestamp.ts";
import { searchAll } from "#db/search/search-all.ts";
import type { Wanted } from "#db/search/search.ts";
import { tellBlindness } from "./blind-then.ts";
import type { Context } from "./context.ts";
import type { SetWord } from "./find-set.ts";
import { pagesOf } from "./pages.ts";
import { remoteHistory } from "./remote.ts";

export interface Question extends Omit<Wanted, "atMs"> {
  readonly set: SetWord | undefined;
  readonly asOf?: Exclude<Revision, { kind: "id" }> | undefined;
  readonly limit: number | undefined;
  readonly remote: string | undefined;
}

/** Pages of what is found; throws `not_found` with this text if it is nothing. */
export async function* sightings(
  context: Context,
  { set, asOf, limit = Infinity, remote, ...wanted }: Question,
  nothing: string,
): AsyncGenerator<Sighting[]> {
  const source = (await remoteHistory(context, remote)) ?? (await context.existingStore());
  const where = { machineId: set?.machineId, setName: set?.setName };
  let pages: AsyncIterable<Sighting[]>;
  if ("store" in source) {
    pages = pagesOf((page) => searchAll(source, { ...where, asOf }, wanted, page));
  } else {
    pages = source.sightings({ ...where, asOf: asOf && revisionText(asOf) }, wanted);
  }
  if (asOf !== undefined) await tellBlindness(context, source, { set, asOf });
  let count = 0;
  for await (const page of pages) {
    yield page.slice(0, limit - count);
    count += page.length;
    if (count >= limit) return;
  }
  if (count === 0) {
    throw new BsvError("not_found", nothing, { hint: "`bsv sets` lists what is in the history" });
  }
}

// --- internal ---

function revisionText(revision: Exclude<Revision, { kind: "id" }>): string {
  return revision.kind === "latest" ? `latest~${revision.back}` : timestampText(revision.atMs);
}
