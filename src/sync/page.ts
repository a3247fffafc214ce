// A page of a list at a remote: its rows, each of the given shape, and where the next begins.
import { z } from "zod";
import { jsonOf } from "./answer.ts";
import { call } from "./call.ts";
import { nextCursor } from "./link.ts";
import type { Remote } from "./remote.ts";

export interface Page {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface RemotePage<Row> {
  readonly rows: Row[];
  readonly nextCursor: string | null;
}

export function fetchPage<S extends z.ZodType>(
  remote: Remote,
  path: readonly string[],
  { limit, cursor }: Page,
  filter: Readonly<Record<string, string>>,
  row: S,
  signal: AbortSignal,
): Promise<RemotePage<z.output<S>>> {
  const read = jsonOf(z.array(row).max(limit));
  const query = {
    ...filter,
    limit: String(limit),
    ...(cursor === undefined ? {} : { cursor }),
  };
  const request = {
    method: "GET" as const,
    path,
    query,
    read: async (answer: Response, url: string) => ({
      rows: await read(answer, url),
      nextCursor: nextCursor(answer.headers.get("link")),
    }),
  };
  return call(remote, request, signal);
}
