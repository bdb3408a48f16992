import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** A process by number and start mark: numbers are reused, and in a container the same ones come back every time. */
export interface ProcessMark {
  readonly pid: number;
  /** Opaque; equal only for the same process on the same running system. */
  readonly started: string;
}

export interface ProcessDescription extends ProcessMark {
  readonly command: string;
}

/** Position of the start time in /proc/<pid>/stat, counted after the name in brackets; see proc(5). */
const STAT_STARTED = 19;

async function describeLinux(pid: number): Promise<ProcessDescription | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name may hold spaces and brackets, so count from its last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const state = fields[0];
    // A dead child that nobody waited for still has a number: in containers without an init this lasts.
    if (state === 'Z' || state === 'X') return undefined;
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    return { pid, started: fields[STAT_STARTED] ?? '', command: command.replaceAll('\0', ' ').trim() };
  } catch {
    return undefined;
  }
}

function describeByPs(pid: number): Promise<ProcessDescription | undefined> {
  const args = ['-o', 'stat=', '-o', 'lstart=', '-o', 'command=', '-p', String(pid)];
  return new Promise((resolve) => {
    execFile('ps', args, { env: { ...process.env, LC_ALL: 'C' } }, (error, stdout) => {
      const match = /^\s*(\S+)\s+(\w+\s+\w+\s+\d+\s+[\d:]+\s+\d+)\s+(.*)$/m.exec(stdout);
      if (error !== null || match === null || match[1]?.startsWith('Z')) return resolve(undefined);
      resolve({ pid, started: match[2] ?? '', command: match[3] ?? '' });
    });
  });
}

/** What runs under this number now; undefined when nothing does. */
export function describeProcess(pid: number): Promise<ProcessDescription | undefined> {
  return process.platform === 'linux' ? describeLinux(pid) : describeByPs(pid);
}

/** Whether exactly this process, and not a later one of the same number, still runs. */
export async function isStillRunning(mark: ProcessMark): Promise<boolean> {
  const now = await describeProcess(mark.pid);
  return now !== undefined && now.started === mark.started;
}
