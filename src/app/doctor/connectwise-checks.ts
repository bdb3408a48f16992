import { FailureError } from '../../domain/failure.ts';
import { psaKindWords } from '../../domain/psa-rights.ts';
import type { HealthCheck } from '../../ports/health-checks.ts';
import type { PsaAccess, ReadRight } from '../../ports/psa-access.ts';
import { onlyWith } from './only-with.ts';

/** @param access absent while ConnectWise is not configured; then `missing` says by which settings */
export function connectWiseChecks(
  access: Pick<PsaAccess, 'info' | 'rights'> | undefined,
  missing: readonly string[],
): readonly HealthCheck[] {
  const settings = missing.find((line) => line.startsWith('ConnectWise')) ?? 'ConnectWise is not configured';
  const notConfigured = {
    ok: 'fail',
    words: `Not configured: ${settings}.`,
    next: 'Set them (docs/connectwise.md says where they come from) and start cwsync again.',
  } as const;
  if (!access) return [{ name: keys, run: async () => notConfigured }];
  return [
    {
      name: 'ConnectWise reachable',
      async run(signal) {
        const { version, trouble } = await asked(access, signal);
        if (trouble !== undefined && !isAboutKeys(trouble)) throw trouble;
        return { ok: 'pass', words: `It answers${version ? `, version ${version}` : ''}.` };
      },
    },
    {
      name: keys,
      async run(signal) {
        const { trouble } = await asked(access, signal);
        if (trouble === undefined) return { ok: 'pass', words: 'Accepted.' };
        if (isAboutKeys(trouble)) throw trouble;
        return {
          ok: 'warn',
          words: 'Not checked.',
          next: 'Mend what is told about reaching ConnectWise first.',
        };
      },
    },
    onlyWith('ConnectWise and the keys', (signal) => access.info(signal), {
      name: 'ConnectWise rights',
      run: async (signal) => rightsResult(await access.rights(signal)),
    }),
  ];
}

const keys = 'ConnectWise keys';

type Asked = { readonly version?: string | null; readonly trouble?: unknown };

async function asked(access: Pick<PsaAccess, 'info'>, signal: AbortSignal): Promise<Asked> {
  return await access.info(signal).then(
    ({ version }) => ({ version }),
    (trouble: unknown) => ({ trouble }),
  );
}

/** Whoever refuses keys was reached. */
function isAboutKeys(error: unknown): boolean {
  return error instanceof FailureError && ['cw.auth', 'cw.permission'].includes(error.failure.code);
}

function rightsResult(rights: readonly ReadRight[]): Awaited<ReturnType<HealthCheck['run']>> {
  const missing = rights.filter(({ state }) => state === 'missing');
  const untested = rights.filter(({ state }) => state === 'untested');
  const open =
    untested.length === 0
      ? ''
      : ` Not tried, for want of a record: ${untested.map(({ kind }) => psaKindWords[kind]).join(', ')}.`;
  if (missing.length === 0) {
    const read = rights.length - untested.length;
    const all = untested.length === 0 ? `All ${read}` : `${read} of ${rights.length}`;
    return { ok: 'pass', words: `${all} kinds of records can be read.${open}` };
  }
  const byRight = Map.groupBy(missing, ({ right }) => right);
  const list = [...byRight].map(
    ([right, kinds]) => `${right} (${kinds.map(({ kind }) => psaKindWords[kind]).join(', ')})`,
  );
  return {
    ok: 'fail',
    words: `Missing: ${list.join('; ')}.${open}`,
    next: 'Ask a ConnectWise admin to give the security role of the API member these rights, Inquire › All.',
  };
}
