// Duplicates for people: each group with the places of its content.
import type { GroupFacts, SuspectFacts } from "#core/dupes.ts";
import { timestampText } from "#core/timestamp.ts";
import type { Colours } from "./colour.ts";
import { printable } from "./escape.ts";
import { bytesText, plural } from "./units.ts";

export function groupText(group: GroupFacts, colours: Colours): string[] {
  const { copies, size, reclaimable, checksum, files, paths } = group;
  return [
    colours.bold(
      `${bytesText(reclaimable)} reclaimable: ${plural(copies, "copy", "copies")} of ${bytesText(size)}, ${checksum.slice(0, 16)}`,
    ),
    ...paths.map((place) => {
      const link = place.linked ? colours.dim("  (the same file as one above)") : "";
      return `  ${placeText(place)}${link}`;
    }),
    ...moreText(files - paths.length),
  ];
}

export function suspectText(
  { size, mtime, files, paths }: SuspectFacts,
  colours: Colours,
): string[] {
  const time = timestampText(Math.floor(mtime * 1000));
  const contents = new Set(paths.map((place) => place.checksum)).size;
  return [
    colours.yellow(`${plural(contents, "content")} of one name, ${bytesText(size)} and ${time}`),
    ...paths.map((place) => `  ${place.checksum.slice(0, 16)}  ${placeText(place)}`),
    ...moreText(files - paths.length),
  ];
}

// --- internal ---

type Told = GroupFacts["paths"][number] | SuspectFacts["paths"][number];

const placeText = ({ machine_id, backupset_name, path }: Told): string =>
  `${machine_id}/${backupset_name}  ${printable(path)}`;

/** A server names some of a large group only. */
const moreText = (more: number): string[] =>
  more > 0 ? [`  and ${plural(more, "more", "more")}`] : [];
