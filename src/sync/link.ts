// Pagination as RFC 8288 has it. Only the cursor is taken from the remote's link, never its address.

/** The `cursor` of the link with rel="next"; null on the last page. */
export function nextCursor(header: string | null): string | null {
  const next = /<([^>]*)>\s*;\s*rel="?next"?/.exec(header ?? "");
  if (next === null) return null;
  return URL.parse(next[1]!, "http://any.invalid")?.searchParams.get("cursor") ?? null;
}
