/** `npx cwsync probe`: how the configured ConnectWise behaves where its documents are silent, read only. */
import { type Finding, probeConnectWise } from '../../adapters/connectwise/probe.ts';
import { Redactor } from '../../adapters/http/redactor.ts';
import { readConfig } from '../config.ts';
import { FailureError, failureRules, nextStep } from '../domain/failure.ts';
import type { Clock } from '../ports/clock.ts';
import { exitCodes } from './cli.ts';
import { systemClock, systemIds } from './system.ts';

export type ProbeOptions = {
  readonly env: NodeJS.ProcessEnv;
  readonly print: (line: string) => void;
  readonly clock?: Clock;
};

/** @returns the exit code: 1 where ConnectWise is not configured, not reached or refuses the keys */
export async function runProbe({ env, print, clock = systemClock }: ProbeOptions): Promise<number> {
  const read = readConfig(env);
  if (!read.ok) {
    for (const fault of read.faults) print(`✗ ${fault}`);
    return exitCodes.failed;
  }
  const { connectWise, missing } = read.config;
  if (!connectWise) {
    print(`✗ ${missing.find((line) => line.startsWith('ConnectWise')) ?? 'ConnectWise is not configured'}`);
    return exitCodes.failed;
  }
  const { apiVersion: version, ...access } = connectWise;
  const redactor = new Redactor();
  print('cwsync probe: reads only, and tells counts, types and flags, never names or texts of records.\n');
  try {
    const parts = { clock, ids: systemIds, redactor };
    const findings = probeConnectWise({ ...access, version }, parts, new AbortController().signal);
    let asked = 0;
    for await (const finding of findings) {
      if (needsAttention(finding)) asked += 1;
      for (const line of linesOf(finding)) print(redactor.redact(line));
    }
    print(closing(asked));
    return exitCodes.fine;
  } catch (error) {
    print(`✗ ${redactor.redact(failureWords(error))}`);
    return exitCodes.failed;
  }
}

/** What cwsync goes by is not so here, or could not be told. */
function needsAttention({ matters, verdict, wrong }: Finding): boolean {
  return wrong === true || (matters === true && verdict === undefined);
}

function toDo(finding: Finding): string {
  if (finding.wrong) return 'give this output to whoever maintains cwsync, before people rely on it';
  if (needsAttention(finding)) {
    return finding.how === undefined
      ? 'run the probe again once ConnectWise has such records, or has given the right to see them'
      : 'find it out as told above, or run the probe again once ConnectWise has such records';
  }
  return 'nothing';
}

function closing(asked: number): string {
  if (asked === 0) return 'Nothing needs to be done: cwsync goes by what was seen, or does not depend on it.';
  const items = asked === 1 ? '1 item needs' : `${asked} items need`;
  return `${items} your attention, marked ⚠. The others need nothing: cwsync goes by what was seen, or does not depend on it.`;
}

function linesOf(finding: Finding): readonly string[] {
  const { item, seen, verdict, settles, how } = finding;
  const open = verdict === undefined;
  const sign = needsAttention(finding) ? '⚠' : open ? '?' : '✓';
  return [
    `${sign} ${item}`,
    ...seen.map((line) => `    seen:     ${line}`),
    ...(open ? [] : [`    so:       ${verdict}`]),
    `    settles:  ${settles}`,
    ...(open && how !== undefined
      ? [`    find out: ${seen.length === 0 ? 'reading does not tell; ' : ''}${how}`]
      : []),
    `    to do:    ${toDo(finding)}`,
    '',
  ];
}

function failureWords(error: unknown): string {
  if (error instanceof FailureError) {
    const { failure } = error;
    return `${failure.message ?? failureRules[failure.code].what} ${nextStep(failure, 'terminal')}`;
  }
  return error instanceof Error ? error.message : 'the probe ended for a reason nobody foresaw';
}
