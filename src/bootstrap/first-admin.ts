/** Who may give roles when cwsync starts: those whom the installation names, or whoever has the one-time code. */
import { claimCode, claimDigest, claimTriesAtMost, claimValidMs } from '../app/claim-code.ts';
import type { ClaimStore, RoleStore } from '../ports/people.ts';

export type FirstAdminDeps = {
  readonly roles: Pick<RoleStore, 'seedAdmins' | 'holders'>;
  readonly claims: Pick<ClaimStore, 'issue'>;
  /** At least eight random bytes. */
  readonly randomBytes: () => Uint8Array;
  /** One line for the person who starts it: the only place where the code is ever shown. */
  readonly say: (line: string) => void;
};

export type FirstAdminOptions = {
  /** `platform:tenant/user` of those whom the installation names. */
  readonly named: readonly string[];
  /** Whether people talk with this process: where they do not, a code is of no use, and would replace the bot's. */
  readonly talks: boolean;
};

/** @returns what is left for when people are answered: to show the code, where one is needed */
export async function provideAdmin(
  deps: FirstAdminDeps,
  options: FirstAdminOptions,
): Promise<() => Promise<void>> {
  const { roles, say } = deps;
  const seeded = options.named.length > 0 && (await roles.seedAdmins(options.named));
  const admins = seeded ? options.named : await roles.holders('admin');
  const ignored = options.named.filter((key) => !admins.includes(key));
  if (ignored.length > 0) {
    say(`CWSYNC_ADMINS: ${ignored.join(', ')} ignored, roles are kept in the database already`);
  }
  return admins.length === 0 && options.talks ? () => offerCode(deps) : async () => {};
}

async function offerCode({ claims, randomBytes, say }: FirstAdminDeps): Promise<void> {
  const code = claimCode(randomBytes());
  await claims.issue(claimDigest(code), claimValidMs);
  const minutes = Math.round(claimValidMs / 60_000);
  say(`No admin yet. Whoever writes this in the chat within ${minutes} minutes becomes the first one:`);
  say(`    /cwsync claim ${code}`);
  say(
    `It counts once and for ${claimTriesAtMost} tries; each start shows a new one while there is no admin.`,
  );
}
