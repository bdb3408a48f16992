/** Every check, in the order in which they are told: what the others need comes first. */
import type { DatabaseHealth, DiskSpace, HealthCheck, RedisHealth } from '../../ports/health-checks.ts';
import type { IncidentStore } from '../../ports/incidents.ts';
import type { PsaAccess } from '../../ports/psa-access.ts';
import { type CallbackCheckDeps, callbackCheck } from './callbacks-check.ts';
import {
  type ChannelCheckDeps,
  channelCheck,
  deliveryCheck,
  type SlackCheckDeps,
  slackCheck,
  type TeamsCheckDeps,
  teamsCheck,
} from './chat-checks.ts';
import { type ClockCheckDeps, clockCheck } from './clock-check.ts';
import { connectWiseChecks } from './connectwise-checks.ts';
import { databaseChecks } from './database-checks.ts';
import { diskCheck } from './disk-check.ts';
import { onlyWith } from './only-with.ts';
import { redisCheck } from './redis-check.ts';
import { type WorkerCheckDeps, workerCheck } from './worker-check.ts';

export type AllChecksDeps = Omit<ClockCheckDeps, 'access' | 'database'> &
  SlackCheckDeps &
  Partial<TeamsCheckDeps> &
  CallbackCheckDeps &
  Omit<WorkerCheckDeps, 'database'> & {
    readonly database: DatabaseHealth;
    /** Absent while ConnectWise is not configured. */
    readonly access: Pick<PsaAccess, 'info' | 'rights'> | undefined;
    readonly settings: ChannelCheckDeps['settings'];
    readonly incidents: Pick<IncidentStore, 'blockedDestinations'>;
    /** Absent where Slack cannot be asked about its channels. */
    readonly directory: ChannelCheckDeps['directory'] | undefined;
    /** What is missing in the settings, in words. */
    readonly missing: readonly string[];
    /** Absent where REDIS_URL is not set. */
    readonly redis?: RedisHealth | undefined;
    readonly disk: DiskSpace;
    /** Where the embedded MongoDB server keeps its data; absent where MONGODB_URI names another. */
    readonly dataDir: string | undefined;
  };

export function allChecks(deps: AllChecksDeps): readonly HealthCheck[] {
  const { database, settings, directory } = deps;
  const withDatabase = (check: HealthCheck) => onlyWith('MongoDB', () => database.ping(), check);
  return [
    ...databaseChecks(database, deps.dataDir !== undefined),
    ...(deps.redis ? [redisCheck(deps.redis)] : []),
    diskCheck(deps.disk, deps.dataDir),
    withDatabase(workerCheck(deps)),
    ...connectWiseChecks(deps.access, deps.missing),
    clockCheck(deps),
    ...callbackChecks(deps),
    slackCheck(deps),
    ...(directory ? [withDatabase(channelCheck({ settings, directory }))] : []),
    withDatabase(deliveryCheck(deps.incidents)),
    teamsCheck({ teams: deps.teams }),
  ];
}

/** Where keys or address are wrong, that is what is to be mended. */
function callbackChecks(deps: AllChecksDeps): readonly HealthCheck[] {
  const { access } = deps;
  const check = callbackCheck(deps);
  const asks = access && deps.callbackUrl !== undefined;
  return [asks ? onlyWith('ConnectWise and the keys', (signal) => access.info(signal), check) : check];
}
