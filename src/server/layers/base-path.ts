// Where the server stands below a proxy's own paths: all routes begin with it, and so does every address that we answer.
import { getPath } from "hono/utils/url";
import { BsvError } from "#core/errors.ts";
import type { Layer } from "./visit.ts";

/** `basePath`: `/bsv`, or empty. What is not below it is nothing of ours. */
export function under(basePath: string): Layer {
  if (basePath === "") {
    return (visit, next) => {
      visit.routePath = getPath(visit.request);
      return next();
    };
  }
  return async (visit, next) => {
    const path = getPath(visit.request);
    if (!path.startsWith(`${basePath}/`)) {
      throw new BsvError("not_found", "There is nothing at this path");
    }
    visit.routePath = path.slice(basePath.length);
    const answer = await next();
    const location = answer.headers.get("location");
    if (location !== null) answer.headers.set("Location", basePath + location);
    return answer;
  };
}
