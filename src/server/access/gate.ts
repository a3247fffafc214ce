// Who is asking, and what of the house they see. A gate names the principal; a route says what it needs; what is handed to its
// handler is the house as that principal sees it, so that no handler asks about owners itself.
import { assert, BsvError } from "#core/errors.ts";
import { EVERYBODY, isAppendOnly, may, type Need, type Principal } from "#core/access/principal.ts";
import type { Sight } from "#db/scope.ts";
import type { House } from "#server/house.ts";
import type { Credential } from "./credential.ts";

export interface Gate {
  /** Who the request comes from; undefined: it does not say. Throws `unauthenticated` when what it says is not so. */
  identify(credential: Credential, request: Request, from: string): Promise<Principal | undefined>;
}

/** A server that lets everybody in who reaches it. */
export const openGate: Gate = { identify: async () => EVERYBODY };

/** The principal, if it may; what it asks for is not looked at before. Throws `unauthenticated` or `forbidden`. */
export function admitted(
  principal: Principal | undefined,
  need: Exclude<Need, "nobody">,
): Principal {
  if (principal === undefined) throw notSignedIn();
  if (may(principal, need)) return principal;
  throw new BsvError("forbidden", `This needs the right ${RIGHT_NAMES[need]}`);
}

/** One and the same for whatever is wrong with a key, so that nothing is learnt from it. */
export function notSignedIn(): BsvError {
  return new BsvError("unauthenticated", "A valid key is needed", {
    hint: "Send it as `Authorization: Bearer …` or `X-API-Key: …`; `bsv login` keeps one for the command line",
  });
}

/** The house as the principal sees it. */
export function houseFor(house: House, principal: Principal, need: Need): House {
  const sight = sightOf(principal, need);
  return {
    ...house,
    scope: { ...sight, store: house.scope.store },
    writer: {
      get isReady() {
        return house.writer.isReady;
      },
      get waiting() {
        return house.writer.waiting;
      },
      do: (name, order) => house.writer.do(name, order, sight),
    },
  };
}

// --- internal ---

const RIGHT_NAMES = {
  anyone: "of any key",
  push: "push",
  read: "read",
  admin: "admin",
  operator: "admin, of an admin of this server",
} as const satisfies Record<Exclude<Need, "nobody">, string>;

function sightOf(principal: Principal, need: Need): Sight {
  const { isAdmin, userId, keyId, machines } = principal;
  assert(isAdmin || userId !== null, "whoever is no admin is a user");
  const isDeed = need === "push" || need === "admin";
  return {
    owner: isAdmin ? null : userId,
    machines,
    isOwnOnly: isDeed || !may(principal, "read"),
    isAppendOnly: isAppendOnly(principal),
    newOwner: userId,
    keyId,
  };
}
