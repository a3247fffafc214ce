// Of one content, which place that is gone goes with which that came: first those that kept their name, then in order. What is left
// over came by copying. It depends on nothing but the places, so everybody who asks is told the same.
import type { Entry } from "./entry.ts";
import { compareKeys, type EntryKey } from "./order.ts";

export interface Place {
  readonly key: EntryKey;
  readonly entry: Entry;
}

export interface Moves {
  /** By `placeText` of the new key: the entry that was moved there. */
  readonly origins: ReadonlyMap<string, Entry>;
  /** `placeText` of the old keys of what was moved. */
  readonly movedAway: ReadonlySet<string>;
}

export const placeText = ({ folder, name }: EntryKey): string => `${folder}\0${name}`;

export const byPlace = (a: Place, b: Place): number => compareKeys(a.key, b.key);

/** Both in the one order. */
export function pairMoves(gone: readonly Place[], came: readonly Place[]): Moves {
  const origins = new Map<string, Entry>();
  const movedAway = new Set<string>();
  const move = (from: Place, to: Place): void => {
    origins.set(placeText(to.key), from.entry);
    movedAway.add(placeText(from.key));
  };
  const byName = new Map<string, Place[]>();
  for (const place of gone.toReversed()) {
    const same = byName.get(place.key.name);
    if (same === undefined) byName.set(place.key.name, [place]);
    else same.push(place);
  }
  for (const to of came) {
    const from = byName.get(to.key.name)?.pop();
    if (from !== undefined) move(from, to);
  }
  const rest = gone.filter(({ key }) => !movedAway.has(placeText(key))).values();
  for (const to of came) {
    if (origins.has(placeText(to.key))) continue;
    const from = rest.next();
    if (from.done === true) break;
    move(from.value, to);
  }
  return { origins, movedAway };
}
