// All routes of the server. The first that fits answers, so fixed words stand before `{snapshot_id}`.
import type { Route } from "./route.ts";
import { proveAudit, showAudit } from "./routes/audit.ts";
import { endSession, giveToken, showSessions, signIn, signOut, whoami } from "./routes/auth.ts";
import { listSets, validateSet } from "./routes/backupsets.ts";
import { chain } from "./routes/chain.ts";
import { diff } from "./routes/diff.ts";
import { du } from "./routes/du.ts";
import { dupes, dupesOfSet } from "./routes/dupes.ts";
import { find } from "./routes/find.ts";
import { health, readiness } from "./routes/health.ts";
import { createKey, revokeKey, rotateKey, showKeys } from "./routes/keys.ts";
import { log } from "./routes/log.ts";
import { machines } from "./routes/machines.ts";
import { metrics } from "./routes/metrics.ts";
import { share, showOwner, transfer, unshare } from "./routes/owners.ts";
import { prune, pruneNow } from "./routes/prune.ts";
import {
  erase,
  filterSnapshots,
  latest,
  listHeads,
  listSnapshots,
  specific,
} from "./routes/snapshots.ts";
import { setUp, showSetUp } from "./routes/set-up.ts";
import { setStats, storeStats } from "./routes/stats.ts";
import { changeTags, showTags } from "./routes/tags.ts";
import { rollback } from "./routes/rollback.ts";
import { acceptVerdict, verdicts } from "./routes/verdicts.ts";
import { addUser, changePassword, disableUser, enableUser, showUsers } from "./routes/users.ts";
import { addVerification, verifications, verificationsOfSnapshot } from "./routes/verifications.ts";
import { upload } from "./routes/upload.ts";
import { commit, drop, open, part, state } from "./routes/uploads.ts";

export const routes: readonly Route[] = [
  machines,
  find,
  listSets,
  listSnapshots,
  latest,
  filterSnapshots,
  listHeads,
  chain,
  diff,
  du,
  log,
  prune,
  pruneNow,
  dupesOfSet,
  setStats,
  verdicts,
  verifications,
  addVerification,
  specific,
  verificationsOfSnapshot,
  rollback,
  validateSet,
  upload,
  erase,
  showTags,
  changeTags,
  acceptVerdict,
  open,
  state,
  part,
  commit,
  drop,
  dupes,
  storeStats,
  whoami,
  giveToken,
  signIn,
  signOut,
  showSessions,
  endSession,
  showUsers,
  addUser,
  disableUser,
  enableUser,
  changePassword,
  showKeys,
  createKey,
  revokeKey,
  rotateKey,
  showAudit,
  proveAudit,
  showOwner,
  transfer,
  share,
  unshare,
  showSetUp,
  setUp,
  health,
  readiness,
  metrics,
];
