// What the asker accepts: of the encodings and types we have, the one wanted most.

/** The best of `ours` (best first) by the weights of an Accept or Accept-Encoding header; undefined if none is accepted. */
export function negotiate<T extends string>(
  header: string | null,
  ours: readonly T[],
  wildcard: string,
): T | undefined {
  const weights = new Map<string, number>();
  for (const item of (header ?? "").toLowerCase().split(",")) {
    const [name, ...parameters] = item.split(";").map((part) => part.trim());
    const q = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2) ?? "1";
    if (name !== undefined && name !== "") weights.set(name, Number(q) || 0);
  }
  let best: T | undefined;
  let bestWeight = 0;
  for (const name of ours) {
    const weight = weights.get(name) ?? weights.get(wildcard) ?? 0;
    if (weight > bestWeight) [best, bestWeight] = [name, weight];
  }
  return best;
}
