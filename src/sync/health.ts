// Whether a server is ready. Nothing of ours is sent, and nothing is believed but the status.
import { knownBy } from "./tls.ts";

export type Health = { isReady: true } | { isReady: false; why: string };

/** `isOurs`: this machine's own server, whose certificate is for the name that others know it by. */
export async function askHealth(
  url: string,
  {
    isOurs,
    authorities,
    signal,
  }: { isOurs: boolean; authorities: string | undefined; signal: AbortSignal },
): Promise<Health> {
  try {
    const answer = await fetch(`${url}/readyz`, {
      redirect: "error",
      signal,
      tls: isOurs ? { rejectUnauthorized: false } : knownBy(authorities),
    });
    await answer.body?.cancel();
    return answer.ok ? { isReady: true } : { isReady: false, why: `answers ${answer.status}` };
  } catch (error) {
    const { name, code } = error as { name?: string; code?: string };
    const why = name === "TimeoutError" ? "does not answer in time" : `cannot be reached: ${code}`;
    return { isReady: false, why };
  }
}
