// The question that was asked, with some of its parameters set anew: where a list goes on. All others stay as they are,
// to the byte.
import { queryPairs, queryText, type QueryPair } from "#core/query-text.ts";

/** Path and query of the address, from its first slash. */
export function sameQuestion(
  { url }: Pick<Request, "url">,
  anew: Readonly<Record<string, string>>,
): string {
  const { pathname, search } = new URL(url);
  const kept = queryPairs(search).filter(([name]) => !(name in anew));
  const pairs: QueryPair[] = [...kept, ...Object.entries(anew)];
  return `${pathname}?${queryText(pairs)}`;
}
