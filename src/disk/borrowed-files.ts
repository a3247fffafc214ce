// File systems that show the files of other folders under identities of their own: overlay, mergerfs, bindfs, an encrypted view. By device
// and inode nobody can tell there whether two files are one. Of network file systems only the known ones are told apart from those.
import { mounts, type Mount } from "./mount-table.ts";

/** The type of such a file system by a device number, as folders on it have it; undefined for all others. */
export function borrowers(): (device: number) => string | undefined {
  const types = borrowingTypes(mounts());
  return (device) => types.get(deviceText(device));
}

/** For the test: of each device that borrows, the type. */
export const borrowingTypes = (table: readonly Mount[]): Map<string, string> =>
  new Map(table.filter(({ type }) => BORROWS.test(type)).map(({ device, type }) => [device, type]));

// --- internal ---

/** `fuseblk` has a disk of its own (ntfs-3g, exfat). */
const BORROWS =
  /^(?:overlay|overlayfs|aufs|unionfs|ecryptfs|fuse|fuse\.(?!(?:sshfs|rclone|s3fs|gcsfuse|glusterfs|ceph|ceph-fuse|juicefs|davfs2?|curlftpfs|smbnetfs)$).*)$/;

/** As Linux packs it: 12 bits of major, 20 of minor. */
const deviceText = (device: number): string =>
  `${(device >>> 8) & 0xfff}:${(device & 0xff) | ((device >>> 12) & 0xfff00)}`;
