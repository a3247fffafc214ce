// Duplicates for people and for programs: each group with all the places of its content.
import { linksAmong, type DuplicateGroup } from "#core/dupes.ts";
import { timestampText } from "#core/timestamp.ts";
import type { Place } from "#db/dupes.ts";
import type { Colours } from "./colour.ts";
import { printable } from "./escape.ts";
import { bytesText, plural } from "./units.ts";

export interface ToldGroup {
  readonly group: DuplicateGroup;
  readonly places: readonly Place[];
}

export function groupFacts({ group, places }: ToldGroup) {
  const links = linksAmong(places);
  return {
    checksum: group.checksum,
    size: group.sizeBytes,
    copies: group.copies,
    files: group.files,
    reclaimable: group.reclaimableBytes,
    paths: places.map((place, nr) => ({ ...placeFacts(place), linked: links[nr]! })),
  };
}

export function groupText({ group, places }: ToldGroup, colours: Colours): string[] {
  const { copies, sizeBytes, reclaimableBytes, checksum } = group;
  const links = linksAmong(places);
  return [
    colours.bold(
      `${bytesText(reclaimableBytes)} reclaimable: ${plural(copies, "copy", "copies")} of ${bytesText(sizeBytes)}, ${checksum.slice(0, 16)}`,
    ),
    ...places.map((place, nr) => {
      const link = links[nr] ? colours.dim("  (a hard link of one above)") : "";
      return `  ${placeText(place)}${link}`;
    }),
  ];
}

export function suspectFacts(places: readonly Place[]) {
  return {
    size: places[0]!.sizeBytes,
    mtime: places[0]!.mtimeUs! / 1e6,
    paths: places.map((place) => ({ ...placeFacts(place), checksum: place.checksum })),
  };
}

export function suspectText(places: readonly Place[], colours: Colours): string[] {
  const { sizeBytes, mtimeUs } = places[0]!;
  const time = timestampText(Math.floor(mtimeUs! / 1000));
  const contents = new Set(places.map((place) => place.checksum)).size;
  return [
    colours.yellow(
      `${plural(contents, "content")} of one name, ${bytesText(sizeBytes)} and ${time}`,
    ),
    ...places.map((place) => `  ${place.checksum.slice(0, 16)}  ${placeText(place)}`),
  ];
}

// --- internal ---

const placeFacts = ({ machineId, setName, path }: Place) => ({
  machine_id: machineId,
  backupset_name: setName,
  path,
});

const placeText = ({ machineId, setName, path }: Place): string =>
  `${machineId}/${setName}  ${printable(path)}`;
