import {
  MongoClientClosedError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoServerClosedError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
} from 'mongodb';

const UNAVAILABLE_CLASSES = [
  MongoNetworkError,
  MongoServerSelectionError,
  MongoNotConnectedError,
  MongoServerClosedError,
  MongoTopologyClosedError,
  MongoClientClosedError,
] as const;

/** The driver does not export the classes of its connection pool. */
const UNAVAILABLE_NAMES: ReadonlySet<string> = new Set([
  'MongoWaitQueueTimeoutError',
  'MongoPoolClosedError',
  'MongoPoolClearedError',
]);

/** Server codes; source: src/mongo/base/error_codes.yml of the server. */
const UNAVAILABLE_CODES: ReadonlySet<number> = new Set([
  6, // HostUnreachable
  7, // HostNotFound
  64, // WriteConcernTimeout
  89, // NetworkTimeout
  91, // ShutdownInProgress
  100, // UnsatisfiableWriteConcern
  133, // FailedToSatisfyReadPreference
  134, // ReadConcernMajorityNotAvailableYet
  189, // PrimarySteppedDown
  262, // ExceededTimeLimit
  9001, // SocketException
  10058, // LegacyNotPrimary
  10107, // NotWritablePrimary
  11600, // InterruptedAtShutdown
  11602, // InterruptedDueToReplStateChange
  13435, // NotPrimaryNoSecondaryOk
  13436, // NotPrimaryOrSecondary
  14031, // OutOfDiskSpace
]);

const DEEPEST_CAUSE = 10;

function isUnavailable(error: Error): boolean {
  if (UNAVAILABLE_CLASSES.some((type) => error instanceof type)) return true;
  if (UNAVAILABLE_NAMES.has(error.name)) return true;
  return error instanceof MongoServerError && UNAVAILABLE_CODES.has(Number(error.code));
}

/** A bulk write that the connection was lost in has that error not as its cause but as what was answered. */
function within(error: Error): unknown {
  if (error.cause !== undefined || !(error instanceof MongoServerError)) return error.cause;
  return error.errorResponse;
}

/**
 * True when the store cannot be reached or cannot take writes now (network, no primary, pool wait, shutdown, disk
 * full): the same call may succeed later. False for everything else, such as a refused login, a duplicate key or a
 * failed validation. Looks at causes too.
 */
export function classifyMongoError(error: unknown): boolean {
  let current: unknown = error;
  for (let depth = 0; depth < DEEPEST_CAUSE && current instanceof Error; depth++) {
    if (isUnavailable(current)) return true;
    current = within(current);
  }
  return false;
}
