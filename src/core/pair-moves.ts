// Of one content, which place that is gone goes with which that came: first those that kept their inode, then those that kept their
// name, then in order. What is left over came by copying. The inode only chooses among equal contents, it never makes a move. It
// depends on nothing but the places, so everybody who asks is told the same.
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

/** Both in the one order and of one content. Inodes count only where both are of one disk: `isSameSet`. */
export function pairMoves(
  gone: readonly Place[],
  came: readonly Place[],
  isSameSet: boolean,
): Moves {
  const origins = new Map<string, Entry>();
  const movedAway = new Set<string>();
  for (const likeness of isSameSet ? LIKENESSES : LIKENESSES.slice(-2)) {
    const waiting = new Map<string, Place[]>();
    for (const place of gone.toReversed()) {
      if (movedAway.has(placeText(place.key))) continue;
      const mark = likeness(place);
      if (mark === undefined) continue;
      const same = waiting.get(mark);
      if (same === undefined) waiting.set(mark, [place]);
      else same.push(place);
    }
    for (const to of came) {
      if (origins.has(placeText(to.key))) continue;
      const mark = likeness(to);
      const from = mark === undefined ? undefined : waiting.get(mark)?.pop();
      if (from === undefined) continue;
      origins.set(placeText(to.key), from.entry);
      movedAway.add(placeText(from.key));
    }
  }
  return { origins, movedAway };
}

// --- internal ---

/** What two places of one content have in common, the best sign of a move first; undefined: this sign is not to be had. */
type Likeness = (place: Place) => string | undefined;

// 0 and null are where inodes mean nothing.
const inode: Likeness = ({ entry }) => (entry.inode ? String(entry.inode) : undefined);
const name: Likeness = ({ key }) => key.name;
const inodeAndName: Likeness = (place) => {
  const number = inode(place);
  return number === undefined ? undefined : `${number}/${place.key.name}`;
};
const content: Likeness = () => "";

const LIKENESSES = [inodeAndName, inode, name, content];
