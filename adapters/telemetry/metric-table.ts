/**
 * Every metric there is: docs/operate.md and docs/alert-rules.yaml are held to this table. Values of labels are
 * listed, so that their number is bounded and no name or id of anybody's data can become one.
 */
import { taskKinds } from '../../src/domain/sync-task.ts';
import {
  acknowledgements,
  chats,
  messagePurposes,
  requestOutcomes,
  runModes,
  runResults,
} from '../../src/ports/metrics.ts';
import { linkStates, queueStates } from '../../src/ports/watch.ts';

export type MetricDefinition = {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** With every value that there may be; `any` where the process itself says what it is. */
  readonly labels: { readonly [label: string]: readonly string[] | 'any' };
  /** Upper bounds, in seconds. */
  readonly buckets?: readonly number[];
};

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export const halves = ['bot', 'worker'] as const;
/** Of one process: the one that supervises and, with a bot, talks; and the one that syncs. */
export const threads = ['main', 'sync'] as const;
export type ThreadName = (typeof threads)[number];
export const delayQuantiles = ['0.5', '0.99', '1'] as const;

/** Counted by each thread, as it happens. */
export const counted = {
  runs: {
    name: 'cwsync_runs_total',
    type: 'counter',
    help: 'Runs that ended. "retry": failed, and heals by itself; "needs_attention": a person must act; "handed_back": stopped, and taken up again; "lost": its lease had run out.',
    labels: { mode: runModes, result: runResults },
  },
  runDuration: {
    name: 'cwsync_run_duration_seconds',
    type: 'histogram',
    help: 'How long runs took, from their claim to their end.',
    labels: { mode: runModes },
    buckets: [0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800],
  },
  requests: {
    name: 'cwsync_connectwise_requests_total',
    type: 'counter',
    help: 'Requests to ConnectWise, each attempt by itself.',
    labels: { kind: ['read', 'write'], outcome: requestOutcomes },
  },
  requestDuration: {
    name: 'cwsync_connectwise_request_duration_seconds',
    type: 'histogram',
    help: 'How long ConnectWise took, without the wait for a turn.',
    labels: {},
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  },
  turnWait: {
    name: 'cwsync_connectwise_turn_wait_seconds',
    type: 'histogram',
    help: 'How long requests waited for their turn from the request budget.',
    labels: {},
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60],
  },
  messages: {
    name: 'cwsync_chat_messages_total',
    type: 'counter',
    help: 'Messages posted or edited in a chat. "gone": nobody can be reached there; "failed": tried again where that helps.',
    labels: { platform: chats, purpose: messagePurposes, result: ['sent', 'gone', 'failed'] },
  },
  messageDuration: {
    name: 'cwsync_chat_message_duration_seconds',
    type: 'histogram',
    help: 'How long the chat platform took to take a message.',
    labels: { platform: chats },
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  },
  acknowledged: {
    name: 'cwsync_chat_events_total',
    type: 'counter',
    help: 'Events of a chat by how they were acknowledged. "forgotten": by the timer that catches a handler which did not.',
    labels: { platform: chats, acknowledged: acknowledgements },
  },
  acknowledgeDuration: {
    name: 'cwsync_chat_acknowledge_duration_seconds',
    type: 'histogram',
    help: 'From an event of a chat to its acknowledgement; the platforms give up after 3 s.',
    labels: { platform: chats },
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3],
  },
  logLines: {
    name: 'cwsync_log_lines_total',
    type: 'counter',
    help: 'Lines of the process log that were written.',
    labels: { level: logLevels },
  },
  eventLoopDelay: {
    name: 'cwsync_event_loop_delay_seconds',
    type: 'gauge',
    help: 'How late the event loop was since the last look; 1 is the worst.',
    labels: { thread: threads, quantile: delayQuantiles },
  },
  heapUsed: {
    name: 'cwsync_heap_used_bytes',
    type: 'gauge',
    help: 'JavaScript heap in use.',
    labels: { thread: threads },
  },
} as const satisfies { readonly [key: string]: MetricDefinition };

/** Looked up in the database when somebody asks, so the same from every process. Absent while it does not answer. */
export const lookedUp = {
  queueTasks: {
    name: 'cwsync_queue_tasks',
    type: 'gauge',
    help: 'Tasks that are asked for or running. "requested": before its time; "in_queue": due and not taken.',
    labels: { kind: taskKinds, state: queueStates },
  },
  queueLag: {
    name: 'cwsync_queue_lag_seconds',
    type: 'gauge',
    help: 'For how long the oldest due task has been waiting; 0 where none is.',
    labels: { kind: taskKinds },
  },
  projects: {
    name: 'cwsync_projects',
    type: 'gauge',
    help: 'Linked projects by the state of their link.',
    labels: { state: linkStates },
  },
  needAttention: {
    name: 'cwsync_projects_needing_attention',
    type: 'gauge',
    help: 'Projects about which a person must do something.',
    labels: {},
  },
  late: {
    name: 'cwsync_tasks_late',
    type: 'gauge',
    help: 'Projects, and the integration’s own runs, without a success for more than twice the expected interval.',
    labels: {},
  },
  slotsUsed: {
    name: 'cwsync_slots_used',
    type: 'gauge',
    help: 'Places for runs of projects that are taken.',
    labels: {},
  },
  inFlight: {
    name: 'cwsync_request_budget_in_flight',
    type: 'gauge',
    help: 'Requests to ConnectWise that have their turn now, over all processes.',
    labels: {},
  },
  waiting: {
    name: 'cwsync_request_budget_waiting_processes',
    type: 'gauge',
    help: 'Processes and threads in which a request waits for its turn.',
    labels: {},
  },
  share: {
    name: 'cwsync_request_budget_share_ratio',
    type: 'gauge',
    help: 'The part of the request budget that is allowed now: less than 1 for a while after a 429.',
    labels: {},
  },
  pause: {
    name: 'cwsync_request_budget_pause_seconds',
    type: 'gauge',
    help: 'What is left of the pause that ConnectWise asked for.',
    labels: {},
  },
  circuitOpen: {
    name: 'cwsync_circuit_open',
    type: 'gauge',
    help: '1 while ConnectWise cannot be reached or refuses the keys, and nothing is claimed.',
    labels: {},
  },
  circuitOpenFor: {
    name: 'cwsync_circuit_open_seconds',
    type: 'gauge',
    help: 'For how long the circuit has been open; 0 while it is closed.',
    labels: {},
  },
  enabled: {
    name: 'cwsync_integration_enabled',
    type: 'gauge',
    help: '0 while an admin has disabled the integration.',
    labels: {},
  },
  openIncidents: {
    name: 'cwsync_incidents_open',
    type: 'gauge',
    help: 'Open incidents.',
    labels: {},
  },
  outbox: {
    name: 'cwsync_alert_outbox_messages',
    type: 'gauge',
    help: 'Messages of incidents that have something to tell.',
    labels: {},
  },
  outboxLag: {
    name: 'cwsync_alert_outbox_lag_seconds',
    type: 'gauge',
    help: 'For how long the oldest message that is due has been waiting; 0 where none is.',
    labels: {},
  },
  untold: {
    name: 'cwsync_alert_untold_seconds',
    type: 'gauge',
    help: 'The age of the oldest incident that somewhere was not told at all; 0 where there is none.',
    labels: {},
  },
  blockedPlaces: {
    name: 'cwsync_alert_places_blocked',
    type: 'gauge',
    help: 'Channels and people that a chat lets nobody be told in.',
    labels: {},
  },
  beatAge: {
    name: 'cwsync_beat_age_seconds',
    type: 'gauge',
    help: 'How long ago any bot or worker showed that it is alive: a bot does once a minute, a worker four times.',
    labels: { half: halves },
  },
  databaseRoundTrip: {
    name: 'cwsync_database_round_trip_seconds',
    type: 'gauge',
    help: 'From a question to the answer of MongoDB.',
    labels: {},
  },
} as const satisfies { readonly [key: string]: MetricDefinition };

/** Of this process. */
export const ofProcess = {
  databaseUp: {
    name: 'cwsync_database_up',
    type: 'gauge',
    help: '1 where MongoDB answered this process in time.',
    labels: {},
  },
  slotsLimit: {
    name: 'cwsync_slots_limit',
    type: 'gauge',
    help: 'Places for runs of projects: CWSYNC_SLOTS.',
    labels: {},
  },
  requestLimit: {
    name: 'cwsync_request_budget_limit_requests_per_second',
    type: 'gauge',
    help: 'CWSYNC_REQUESTS_PER_SECOND; absent where that is off.',
    labels: {},
  },
  inFlightLimit: {
    name: 'cwsync_request_budget_in_flight_limit',
    type: 'gauge',
    help: 'CWSYNC_REQUESTS_AT_ONCE; absent where there is no limit.',
    labels: {},
  },
  build: {
    name: 'cwsync_build_info',
    type: 'gauge',
    help: 'Always 1.',
    labels: { version: 'any', node: 'any', role: ['all', 'bot', 'worker'] },
  },
} as const satisfies { readonly [key: string]: MetricDefinition };

/** Of this process, under the names that every program has them by. */
export const standard = {
  cpu: {
    name: 'process_cpu_seconds_total',
    type: 'counter',
    help: 'Processor time, of all threads.',
    labels: {},
  },
  memory: {
    name: 'process_resident_memory_bytes',
    type: 'gauge',
    help: 'Resident memory, of all threads; the embedded MongoDB server is another process.',
    labels: {},
  },
  files: {
    name: 'process_open_fds',
    type: 'gauge',
    help: 'Open files and connections; on Linux.',
    labels: {},
  },
  started: {
    name: 'process_start_time_seconds',
    type: 'gauge',
    help: 'When the process was started, in seconds since 1970.',
    labels: {},
  },
} as const satisfies { readonly [key: string]: MetricDefinition };

export const allMetrics: readonly MetricDefinition[] = [
  ...Object.values(counted),
  ...Object.values(lookedUp),
  ...Object.values(ofProcess),
  ...Object.values(standard),
];
