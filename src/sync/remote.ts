// A remote is another bsv, reached over HTTP. What it answers is never trusted: every answer has a size limit and a
// schema, redirects are errors, and nothing it says decides where a request goes.
import { BsvError } from "#core/errors.ts";
import { queryText } from "#core/query-text.ts";
import { PATIENCE, type Patience } from "./retry.ts";

export interface Remote {
  /** As it is shown and remembered: no credentials, no query, no slash at the end. */
  readonly url: string;
  readonly patience: Patience;
  /** Which installation we are, for a remote that is written to. */
  readonly agentId: string | undefined;
  /** What we sign in with; sent to this address alone, for no redirect is followed. Never shown. */
  readonly apiKey: string | undefined;
  /** Certificates (PEM) that vouch for it, instead of the system's; it is never taken unproved. */
  readonly authorities: string | undefined;
}

/** Checks the address; nothing is asked of the remote yet. */
export function openRemote(
  address: string,
  { patience = PATIENCE, agentId, apiKey, authorities }: Partial<Omit<Remote, "url">> = {},
): Remote {
  const url = URL.parse(address);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw notUsable(address, "is not an http:// or https:// address");
  }
  // Not even shown in the message: it would land in logs.
  if (url.username !== "" || url.password !== "") {
    throw notUsable(url.host, "holds a name or password, which addresses must not");
  }
  if (url.search !== "" || url.hash !== "") {
    throw notUsable(address, "has a query or fragment, which a remote cannot have");
  }
  const plain = url.origin + url.pathname.replace(/\/+$/, "");
  return { url: plain, patience, agentId, apiKey, authorities };
}

/** The address of something at the remote; each segment is one part of the path, whatever it holds. */
export function addressAt(
  remote: Remote,
  segments: readonly string[],
  query: Readonly<Record<string, string>> = {},
): string {
  const path = segments.map((segment) => `/${encodeURIComponent(segment)}`).join("");
  const search = queryText(Object.entries(query));
  return remote.url + path + (search === "" ? "" : `?${search}`);
}

// --- internal ---

function notUsable(what: string, why: string): BsvError {
  return new BsvError("usage", `The remote ${JSON.stringify(what)} ${why}`, {
    hint: "Give it as https://host[:port][/path], by --remote or as remote.url in the backupset file",
  });
}
