// Requests in the long run, for each address before anything else is looked at; what a key may ask is counted once it is known.
import { neighbourhood, type Throttle } from "./throttle.ts";
import type { Layer } from "./visit.ts";

export function paced(throttle: Throttle): Layer {
  return (visit, next) => {
    throttle.take(neighbourhood(visit.from));
    return next();
  };
}
