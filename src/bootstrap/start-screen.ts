/**
 * What whoever starts cwsync sees, in one screen: what is set, what is missing or malformed, what was ignored, and
 * whether ConnectWise takes the keys. Names of settings only, never a value.
 */
import { createCircuit } from '../app/sync/circuit.ts';
import type { Config, ConfigResult } from '../config.ts';
import { type Failure, failureRules, nextStep } from '../domain/failure.ts';
import type { AlertChannel } from '../ports/settings.ts';
import type { Parts } from './compose.ts';

/** A clock that is off by more makes changes look older or younger than they are, in milliseconds. */
const skewAtMostMs = 60_000;
const checkWithinMs = 20_000;

/** The configuration cannot be used: every fault at once, and what is not set either. */
export function faultyConfig({ faults, missing }: Extract<ConfigResult, { ok: false }>): string {
  const lines = (all: readonly string[]) => all.map((line) => `  ✕ ${line}`).join('\n');
  const absent = missing.length === 0 ? '' : `\nNot set yet:\n${lines(missing)}`;
  return `The configuration is not right:\n${lines(faults)}${absent}\nSet these in the environment or in .env, then start again (.env.example says what each means).`;
}

/** Whether people can talk with this process in some chat. */
export function hasChat({ role, slack, teams }: Pick<Config, 'role' | 'slack' | 'teams'>): boolean {
  return role !== 'worker' && (slack !== undefined || teams !== undefined);
}

/** The last line of a start. */
export function runningLine({ port, talks }: { readonly port?: number; readonly talks: boolean }): string {
  if (port === undefined) return 'cwsync worker is running';
  return talks
    ? `cwsync is ready on port ${port}`
    : `cwsync is running on port ${port}, but no chat is set up yet: nobody can talk to it. docs/slack.md says how.`;
}

/** What is set and what is not; with the next step. */
export function settingLines(config: Config): readonly string[] {
  const { connectWise, slack, teams, redisUrl, role, missing } = config;
  const lines = [
    ...(connectWise ? ['✓ ConnectWise: address and keys are set'] : []),
    ...(slack && role !== 'worker' ? ['✓ Slack: its tokens are set'] : []),
    ...(teams && role !== 'worker' ? ['✓ Microsoft Teams: its app is set'] : []),
    ...(redisUrl !== undefined && role !== 'bot' ? ['✓ Redis: its address is set'] : []),
    ...missing.map((line) => `✕ ${line}`),
  ];
  if (missing.length === 0) return lines;
  const next = [
    ...(connectWise ? [] : ['Nothing syncs until ConnectWise is set.']),
    ...(role === 'worker' ? [] : [hasChat(config) ? 'The chat answers what is missing.' : noChat]),
  ].join(' ');
  return [...lines, `  ${next} Set it in the environment or in .env, then start again.`];
}

const noChat = 'No chat is set up yet, so nobody can talk to it.';

/** Settings that fill an empty database only, where it is not empty any more. */
export async function ignoredLines({ config, stores }: Parts): Promise<readonly string[]> {
  const { revision, alertChannels, boards, writeToConnectWise } = await stores.settings.read();
  if (revision === 0) return [];
  const known = new Set(alertChannels.map(keyOf));
  const ignored = config.alertChannels.map(keyOf).filter((key) => !known.has(key));
  return [
    ...(ignored.length > 0
      ? [`CWSYNC_ALERT_CHANNELS: ${ignored.join(', ')} ignored, alert channels are chosen in chat already`]
      : []),
    ...(config.linkOpenProjects && boards !== 'all'
      ? ['CWSYNC_LINK_OPEN_PROJECTS ignored, boards are chosen in chat already']
      : []),
    ...(config.writeToConnectWise && !writeToConnectWise
      ? ['CWSYNC_WRITE_TO_CONNECTWISE ignored, writing is off by the settings']
      : []),
  ];
}

const keyOf = ({ platform, tenant, conversation }: AlertChannel) => `${platform}:${tenant}/${conversation}`;

/**
 * Asks ConnectWise once, beside the start, and tells how it went. Keys that it refuses shut the integration at once,
 * so that the chat says so from the first answer on.
 */
export function checkConnectWise(parts: Parts, say: (line: string) => void): { stop(): Promise<void> } {
  const { access, psa, clock } = parts;
  const shutdown = new AbortController();
  const late = new AbortController();

  async function check(): Promise<void> {
    if (!access || !psa || !(await parts.stores.gate.read()).enabled) return;
    try {
      const { version, clockSkewMs } = await access.info(AbortSignal.any([shutdown.signal, late.signal]));
      say(`✓ ConnectWise answers${version === null ? '' : `, version ${version}`}`);
      if (Math.abs(clockSkewMs ?? 0) > skewAtMostMs) say(`⚠ ${skewWords(clockSkewMs ?? 0)}`);
    } catch (error) {
      shutdown.signal.throwIfAborted();
      const failure: Failure = late.signal.aborted ? { code: 'cw.unavailable' } : parts.toFailure(error);
      say(`✕ ${failureLine(failure)}`);
      if (failure.code !== 'cw.auth') return;
      const deps = { ...parts, ...parts.stores, psa };
      await createCircuit(deps).report(failure, shutdown.signal);
    }
  }

  void clock.sleep(checkWithinMs, shutdown.signal).then(
    () => late.abort(new Error('no answer in time')),
    () => {},
  );
  const ended = check()
    .catch((error: unknown) => {
      if (!shutdown.signal.aborted) parts.logger.warn({ err: error }, 'ConnectWise could not be checked');
    })
    .finally(() => shutdown.abort(new Error('checked')));
  return {
    async stop() {
      shutdown.abort(new Error('shutting down'));
      await ended;
    },
  };
}

function failureLine(failure: Failure): string {
  return `${failure.message ?? failureRules[failure.code].what} ${nextStep(failure, 'terminal')}`;
}

function skewWords(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  return `ConnectWise’s clock is ${minutes} min ${ms > 0 ? 'ahead of' : 'behind'} this machine’s: set the time of this machine right`;
}
