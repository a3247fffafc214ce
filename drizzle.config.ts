// For drizzle-kit, which drafts migrations (`bunx drizzle-kit generate`). A draft is finished by hand (STRICT, views),
// listed in src/db/store/migrations.ts, and never changed once released.
import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "sqlite",
  schema: "./src/db/**/*schema.ts",
  out: "./drizzle",
});
