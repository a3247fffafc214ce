// Who asks. Behind a proxy all requests come from its address, and X-Forwarded-For says for whom; but anybody can write that
// header, so it is believed only from proxies that were named, and only as far back as the chain consists of them.
import { BlockList, isIP } from "node:net";
import { BsvError } from "#core/errors.ts";
import type { Layer } from "./visit.ts";

/** `trusted`: addresses or CIDR ranges, `10.0.0.0/8`, `fd00::/8`. */
export function seenThrough(trusted: readonly string[]): Layer {
  const list = listOf(trusted);
  return (visit, next) => {
    const { request, server } = visit;
    const peer = plain(server.requestIP(request)?.address ?? "");
    const said = trusted.length === 0 ? null : request.headers.get("x-forwarded-for");
    visit.from = said === null ? peer : furthest(peer, said.split(","), list);
    return next();
  };
}

/** Throws `usage` for what is no address or range. */
export function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [, address = "", bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(range) ?? [];
    const family = isIP(address);
    const width = Number(bits ?? (family === 6 ? 128 : 32));
    if (family === 0 || width > (family === 6 ? 128 : 32)) {
      throw new BsvError("usage", `${JSON.stringify(range)} is no address and no range`, {
        hint: "Say it as 10.0.0.7, 10.0.0.0/8 or fd00::/8",
      });
    }
    list.addSubnet(address, width, familyName(family));
  }
  return list;
}

// --- internal ---

/** From the last hop backwards, while a trusted one vouches for the one before; what is no address ends the chain. */
function furthest(peer: string, hops: readonly string[], trusted: BlockList): string {
  let from = peer;
  for (const hop of hops.toReversed()) {
    const address = plain(hop.trim());
    if (!isTrusted(trusted, from) || isIP(address) === 0) break;
    from = address;
  }
  return from;
}

function isTrusted(list: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && list.check(address, familyName(family));
}

const familyName = (family: number) => (family === 6 ? "ipv6" : "ipv4");

/** An IPv4 address that came over an IPv6 socket is itself; brackets and zones fall away. */
function plain(address: string): string {
  if (/^[\d.]+$/.test(address)) return address;
  const bare = address.replace(/^\[(.*)\]$/, "$1").replace(/%.*$/, "");
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare);
  return mapped?.[1] ?? bare.toLowerCase();
}
