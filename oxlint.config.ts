// How the code is checked. The one thing special here is the import law of the house: which room may import
// which, and which package is at home where. It stands as one table; the rules are made from it.
import { defineConfig } from "oxlint";

/** For each room: the rooms it may import, and the packages at home there. */
export const law = {
  core: { rooms: [], packages: ["zod"] },
  disk: { rooms: ["core"], packages: ["node:fs", "node:os", "yaml"] },
  scan: { rooms: ["core", "disk"], packages: ["node:fs"] },
  copies: { rooms: ["core", "disk", "scan"], packages: ["node:fs", "yauzl", "zod"] },
  db: { rooms: ["core"], packages: ["bun:sqlite", "drizzle-orm", "node:fs"] },
  sync: { rooms: ["core"], packages: ["zod"] },
  jobs: { rooms: ["core", "disk", "scan", "copies", "db", "sync"], packages: [] },
  server: { rooms: ["core", "db", "jobs"], packages: ["hono", "zod"] },
  cli: {
    rooms: ["core", "disk", "db", "jobs"],
    packages: ["citty", "picocolors", "zod", "node:util", "node:readline"],
  },
} satisfies Record<string, { rooms: string[]; packages: string[] }>;

const rooms = Object.keys(law);
const packages = [...new Set(Object.values(law).flatMap((room) => room.packages))];

const staysInRoom = {
  regex: "^\\.\\./",
  message: "Inside a room ./name.ts, across rooms #room/name.ts: the address is the path.",
};

/** In a room's own folders (`commands/`, `routes/`) the room's other files are at `#room/`, for `../` is never said. */
const lawOf = (room: keyof typeof law, isFolder: boolean) => {
  const { rooms: mayImport, packages: atHome } = law[room] as {
    rooms: string[];
    packages: string[];
  };
  const closed = rooms.filter((other) => other !== room && !mayImport.includes(other));
  const away = packages.filter((name) => !atHome.includes(name));
  return {
    patterns: [
      staysInRoom,
      ...(isFolder ? [] : [{ regex: `^#${room}/`, message: `Inside ${room} say ./name.ts.` }]),
      ...(closed.length === 0
        ? []
        : [
            {
              regex: `^#(${closed.join("|")})/`,
              message: `${room} may import ${mayImport.join(", ") || "no other room"} (docs/architecture.md).`,
            },
          ]),
      {
        regex: `^(${away.join("|")})(/|$)`,
        message: `Not at home in ${room}: see the import law in oxlint.config.ts.`,
      },
    ],
  };
};

export default defineConfig({
  plugins: ["typescript", "import", "unicorn", "oxc"],
  categories: { correctness: "error" },
  options: { typeAware: true },
  rules: {
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    "typescript/await-thenable": "error",
    "typescript/switch-exhaustiveness-check": "error",
    "typescript/only-throw-error": "error",
    "typescript/no-explicit-any": "error",
    "typescript/consistent-type-imports": "error",
    "import/no-cycle": "error",
    "max-lines": ["error", { max: 400 }],
    "no-restricted-imports": ["error", { patterns: [staysInRoom] }],
    "no-empty": ["error", { allowEmptyCatch: false }],
    "no-shadow": "off",
    "no-await-in-loop": "off",
    "unicorn/no-array-sort": "off",
    "unicorn/consistent-function-scoping": "off",
  },
  overrides: [
    ...rooms.flatMap((room) =>
      [false, true].map((isFolder) => ({
        files: [isFolder ? `src/${room}/*/**` : `src/${room}/*`],
        rules: {
          "no-restricted-imports": [
            "error" as const,
            lawOf(room as keyof typeof law, isFolder),
          ] as ["error", object],
        },
      })),
    ),
    {
      // The one verb that needs the other door.
      files: ["src/cli/commands/serve.ts"],
      rules: { "no-restricted-imports": ["error", { patterns: [staysInRoom] }] },
    },
    { files: ["test/**"], rules: { "max-lines": ["error", { max: 600 }] } },
  ],
  ignorePatterns: ["dist", "drizzle", "node_modules"],
});
