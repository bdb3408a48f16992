export type Platform = 'slack' | 'teams';

export type Person = {
  readonly platform: Platform;
  /** Slack team or Teams tenant. */
  readonly tenant: string;
  readonly userId: string;
  readonly name: string;
};

/** `platform:tenant/user`, the form of `CWSYNC_ADMINS` and of the audit log. */
export function personKey(person: Pick<Person, 'platform' | 'tenant' | 'userId'>): string {
  return `${person.platform}:${person.tenant}/${person.userId}`;
}
