// Which names this server answers to. A page anywhere may have its own name resolved to our address and then reads us as
// its own origin (DNS rebinding); it cannot do so with a number, nor with a name that is not its own.
import { isIP } from "node:net";
import { BsvError } from "#core/errors.ts";
import { onlyHeader, type Layer } from "./visit.ts";

/** `names`: beside this machine's own addresses and `localhost`; `*.example.org` for all below it. */
export function namedHosts(names: readonly string[]): Layer {
  const known = names.map((name) => name.toLowerCase());
  let right: string | undefined; // the header that was right last: nearly all say the same
  return ({ request }, next) => {
    const header = onlyHeader(request, "host");
    if (header === right) return next();
    const host = hostOf(header);
    if (isIP(host) === 0 && !isOwn(host) && !known.some((name) => fits(host, name))) {
      throw new BsvError("forbidden", `This server does not answer to the name ${host}`, {
        hint: `If it is right, start it with --allow-host ${host}`,
      });
    }
    // A port of 99999, a name that begins with `xn--` and is none: of such a Host no address can be made.
    if (!URL.canParse(request.url)) throw noHost();
    right = header!;
    return next();
  };
}

// --- internal ---

/** The name without its port, in lower case. */
function hostOf(header: string | null): string {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(header ?? "");
  const host = match?.[1] ?? match?.[2];
  if (host !== undefined) return host.toLowerCase().replace(/\.$/, "");
  throw noHost();
}

const noHost = () =>
  new BsvError("invalid_request", "The header host is missing, or names no host");

const isOwn = (host: string): boolean => host === "localhost" || host.endsWith(".localhost");

function fits(host: string, name: string): boolean {
  return name.startsWith("*.") ? host.endsWith(name.slice(1)) : host === name;
}
