/** `terminal`: whoever types on the machine that cwsync runs on; nobody is reached there later. */
export type Platform = 'slack' | 'teams' | 'terminal';

export type Person = {
  readonly platform: Platform;
  /** Slack team, Teams tenant, or the name of the machine. */
  readonly tenant: string;
  readonly userId: string;
  readonly name: string;
  /** IANA name, where the platform tells it with what they write. */
  readonly timeZone?: string;
};

/** `platform:tenant/user`, the form of `CWSYNC_ADMINS` and of the audit log. */
export function personKey(person: Pick<Person, 'platform' | 'tenant' | 'userId'>): string {
  return `${person.platform}:${person.tenant}/${person.userId}`;
}
