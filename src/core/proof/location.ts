// Where a target lies, from its name alone, read as the tool reads it that it is for: `restic:nas/repo` is a folder beside the user, not a
// host. Whoever asks may delete something: what may be on a disk here, and nobody can tell where, lies nowhere.

/** `path` is of this machine. */
export type Location =
  | { readonly kind: "folder" | "file" | "repository"; readonly path: string }
  | { readonly kind: "remote"; readonly host: string }
  | { readonly kind: "nowhere"; readonly why: string };

/** Where a target lies. What is not understood lies nowhere: nobody deletes on the word of a guess. */
export function locate(target: string): Location {
  const { scheme, rest } = parts(target);
  switch (scheme) {
    case "file":
      return isAbsolute(rest) ? { kind: "folder", path: rest } : NOT_UNDERSTOOD;
    case "tar":
    case "zip":
      return isAbsolute(rest) ? { kind: "file", path: rest } : NOT_UNDERSTOOD;
    case "restic":
      return resticRepository(rest.replace(RESTIC_SNAPSHOT, ""));
    case "borg":
      return borgRepository(rest.replace(BORG_ARCHIVE, ""));
    case "s3":
      return remote(rest);
    case "rclone":
      return rcloneRemote(rest);
    case "sums":
      return { kind: "nowhere", why: "a list of checksums holds no bytes" };
    default:
      return NOT_UNDERSTOOD;
  }
}

/** What its bytes are kept in: the snapshots of one repository share theirs, and the loss of one is that of all. */
export function holderOf(target: string): string {
  const { scheme } = parts(target);
  if (scheme === "kopia") return "kopia:"; // the repository that it is connected to
  const place =
    scheme === "restic"
      ? target.replace(RESTIC_SNAPSHOT, "")
      : scheme === "borg"
        ? target.replace(BORG_ARCHIVE, "")
        : target;
  return place.replace(/\/+$/, "");
}

/** rclone's types of storage on this machine; and those laid over others, each with the setting that says over which. */
export const RCLONE_LOCALS: ReadonlySet<string> = new Set(["local", "memory"]);
export const RCLONE_OVERLAYS: ReadonlyMap<string, "remote" | "upstreams"> = new Map([
  ["alias", "remote"],
  ["archive", "remote"],
  ["cache", "remote"],
  ["chunker", "remote"],
  ["combine", "upstreams"],
  ["compress", "remote"],
  ["crypt", "remote"],
  ["hasher", "remote"],
  ["union", "upstreams"],
]);

/** Whether an address, or a host, is this machine's own. */
export const isLoopback = (text: string): boolean => LOOPBACK.test(hostIn(text) ?? "");

// --- internal ---

const RESTIC_SNAPSHOT = /@(latest|[0-9a-f]{4,64})$/;
const BORG_ARCHIVE = /::[^:]+$/;

const NOT_UNDERSTOOD: Location = { kind: "nowhere", why: "where it lies is not known" };
const AT_HOME: Location = {
  kind: "nowhere",
  why: "a server on this machine keeps it, and where is not known",
};

/** Without a scheme it is a folder. */
function parts(target: string): { scheme: string; rest: string } {
  const scheme = /^([a-z][a-z0-9]*):/.exec(target)?.[1];
  return scheme === undefined
    ? { scheme: "file", rest: target }
    : { scheme, rest: target.slice(scheme.length + 1) };
}

const isAbsolute = (path: string): boolean => path.startsWith("/");

/** A relative one starts at whatever folder the tool was started in. */
const repository = (path: string): Location =>
  isAbsolute(path) ? { kind: "repository", path } : NOT_UNDERSTOOD;

/** `sftp:HOST:/path`, `rest:https://HOST/`, `s3:HOST/bucket`, `b2:bucket:path`, `local:/path`, else a path. */
function resticRepository(text: string): Location {
  const [, scheme, rest = ""] =
    /^(local|rclone|sftp|rest|s3|swift|b2|azure|gs):(.*)$/s.exec(text) ?? [];
  if (scheme === undefined) return repository(text);
  if (scheme === "local") return repository(rest);
  return scheme === "rclone" ? rcloneRemote(rest) : remote(rest);
}

/** `ssh://HOST/path`, `file:///path`, `HOST:path`, else a path. */
function borgRepository(text: string): Location {
  if (text.startsWith("ssh://")) return remote(text);
  if (text.startsWith("file://")) return repository(text.slice("file://".length));
  return /^[^:/]+:(?!\/\/)/.test(text) ? remote(text) : repository(text);
}

/** `REMOTE:path`. One that begins with a colon is a kind of storage: local, or laid over others that may be. */
function rcloneRemote(text: string): Location {
  const [, colon, name] = /^(:?)([^:/,]+)[:,]/.exec(text) ?? [];
  if (name === undefined) return NOT_UNDERSTOOD;
  const isType = colon !== "";
  if (isType && (RCLONE_LOCALS.has(name) || RCLONE_OVERLAYS.has(name))) return NOT_UNDERSTOOD;
  return { kind: "remote", host: text.split("/")[0]! };
}

/** By the host, or the bucket, that stands first. */
function remote(text: string): Location {
  const host = hostIn(text);
  if (host === undefined) return NOT_UNDERSTOOD;
  return LOOPBACK.test(host) ? AT_HOME : { kind: "remote", host };
}

const hostIn = (text: string): string | undefined =>
  /^(?:[a-z0-9+]+:\/\/|\/\/)?(?:[^@/]*@)?(\[[^\]/]+\]|[A-Za-z0-9][\w.-]*)(?:[:/]|$)/.exec(
    text,
  )?.[1];

/** The unspecified address, which servers print, leads here too; so do all names below `localhost`. */
const LOOPBACK = /^((.+\.)?localhost|0\.0\.0\.0|127(\.\d+){1,3}|\[::1?\])$/i;
