// Whether the storage behind a name lies elsewhere. An rclone remote may be this disk, or be laid over one that is: what of its
// configuration says so is asked of rclone itself. An object store may be a server on this machine.
import { isLoopback, RCLONE_LOCALS, RCLONE_OVERLAYS } from "#core/proof/location.ts";
import { CopyCut } from "./copy.ts";
import { toolOutput } from "./tool.ts";

/** Why nobody can say that a remote target lies on another machine; undefined: it does. */
export async function whyNotElsewhere(
  target: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const remote = /^(?:restic:)?rclone:(?!:)([^:/]+):/.exec(target)?.[1];
  if (remote !== undefined) return whyRemote(remote, signal, new Set());
  if (/^(?:restic:)?rclone::/.test(target)) {
    // Parameters may be secrets, so that records tell but a hash of them; others are in the environment.
    return "its host is among the settings of a remote without a name, which are not kept";
  }
  const endpoint = process.env["S3_ENDPOINT"] ?? process.env["AWS_ENDPOINT"];
  if (target.startsWith("s3:") && endpoint !== undefined && isLoopback(endpoint)) {
    return "its object store is a server on this machine";
  }
  return undefined;
}

// --- internal ---

async function whyRemote(
  name: string,
  signal: AbortSignal,
  above: ReadonlySet<string>,
): Promise<string | undefined> {
  const unknown = `what rclone's remote ${name} is, is not known`;
  const settings = above.has(name) ? undefined : await settingsOf(name, signal);
  const type = settings?.get("type");
  if (settings === undefined || type === undefined) return unknown;
  const setting = RCLONE_OVERLAYS.get(type);
  if (setting !== undefined) {
    const places = settings.get(setting);
    if (places === undefined) return unknown;
    // `dir=remote:path` and `remote:path:ro`, with blanks between; what is quoted, or has parameters, is not understood.
    for (const place of setting === "remote" ? [places] : places.split(/\s+/)) {
      const below = /^(?:[^=:"]*=)?([^:/,"']+):/.exec(place)?.[1];
      if (below === undefined)
        return `rclone's remote ${name} is laid over a folder here, or over what is not known`;
      const why = await whyRemote(below, signal, new Set([...above, name]));
      if (why !== undefined) return why;
    }
    return undefined;
  }
  if (RCLONE_LOCALS.has(type)) return `rclone's remote ${name} is on this machine`;
  const isServed = [...settings.values()].some(isLoopback);
  return isServed ? `rclone's remote ${name} is a server on this machine` : undefined;
}

/** Of the configuration, secrets left out; undefined where the environment changes it, and where rclone does not know the remote. */
async function settingsOf(
  name: string,
  signal: AbortSignal,
): Promise<Map<string, string> | undefined> {
  const prefix = `RCLONE_CONFIG_${name.toUpperCase()}_`;
  if (Object.keys(process.env).some((key) => key.toUpperCase().startsWith(prefix)))
    return undefined;
  const pieces: Uint8Array[] = [];
  try {
    const command = ["rclone", "--ask-password=false", "config", "show", name];
    for await (const piece of toolOutput(command, signal)) pieces.push(piece);
  } catch (error) {
    if (error instanceof CopyCut) return undefined;
    throw error;
  }
  const text = Buffer.concat(pieces).toString();
  const lines = text.split("\n").flatMap((line): [string, string][] => {
    const [, key, value] = /^(\w+) = (.*)$/.exec(line) ?? [];
    return key === undefined ? [] : [[key, value!]];
  });
  return new Map(lines);
}
