import type { ApiToken, ApiTokenStore } from '../../src/ports/api-tokens.ts';

/** Tokens in memory; each is `token of <name>`. */
export class FakeApiTokens implements ApiTokenStore {
  readonly tokens = new Map<string, ApiToken>();

  async create(token: Pick<ApiToken, 'name' | 'role' | 'createdBy'>): Promise<string | undefined> {
    if (this.tokens.has(token.name)) return undefined;
    this.tokens.set(token.name, { ...token, createdAt: new Date('2026-03-02T09:00:00Z') });
    return `token of ${token.name}`;
  }

  async find(token: string): Promise<ApiToken | undefined> {
    return this.tokens.get(token.replace(/^token of /u, ''));
  }

  async all(): Promise<readonly ApiToken[]> {
    return [...this.tokens.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  async revoke(name: string): Promise<ApiToken | undefined> {
    const revoked = this.tokens.get(name);
    this.tokens.delete(name);
    return revoked;
  }
}
