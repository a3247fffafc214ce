// The names of what a rollback puts into a folder while it works, so that a later one finds what a killed one left: files not yet in
// their place, and content that is kept from being overwritten before it is needed.

/** A name nobody else has. */
export const unfinishedName = (): string =>
  `.bsv-rollback-${Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString("hex")}.tmp`;

export const isUnfinished = (name: string): boolean =>
  /^\.bsv-rollback-[0-9a-f]{16}\.tmp$/.test(name);

export const rescueName = (checksum: string): string => `.bsv-rollback-${checksum}`;

/** The checksum of a content that was put aside under this name; undefined for any other name. */
export const rescuedChecksum = (name: string): string | undefined =>
  /^\.bsv-rollback-([0-9a-f]{64})$/.exec(name)?.[1];
