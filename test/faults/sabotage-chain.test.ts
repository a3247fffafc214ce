import { brokenOnPurpose } from "./sabotage.ts";

brokenOnPurpose([
  {
    breaks: "I9: any signature will do",
    file: "disk/signing-key.ts",
    from: `return verify(null, Buffer.from(text), key, Buffer.from(signature, "hex"));`,
    to: "return key !== undefined;",
    test: ["core/chain.test.ts", "I9: of"],
  },
  {
    breaks: "I9: what a remote forgot is not asked for",
    file: "core/chain/remote.ts",
    from: "if (link === undefined) {\n      find(",
    to: "if (link === undefined) continue;\n    if (link === undefined) {\n      find(",
    test: ["core/chain.test.ts", "I9: of"],
  },
  {
    breaks: "I9: a pinned key binds nobody",
    file: "db/proof/signatures.ts",
    from: `if (by === "sender") checkSender(`,
    to: `if (nowMs < 0) checkSender(`,
    test: ["db/signatures.test.ts", "I9: the first key is pinned"],
  },
]);
