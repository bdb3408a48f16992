import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { Ajv } from 'ajv';
import { strFromU8, unzipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { manifestVersion } from '../../adapters/teams/manifest.ts';
import { commands } from '../../src/app/commands/registry.ts';
import { teamsPackage, teamsPackageManifest } from '../../src/bootstrap/teams-package.ts';

const options = {
  appId: '22222222-2222-4222-8222-222222222222',
  website: 'https://cwsync.acme.example',
  version: '0.1.0',
};
const manifest = teamsPackageManifest(options);

/** The vendor’s own schema, from its package. */
function vendorSchema(): object {
  const path = import.meta.resolve(
    '@microsoft/app-manifest/build/json-schemas/teams/v1.19/MicrosoftTeams.schema.json',
  );
  expect(path).toContain(`/v${manifestVersion}/`);
  return JSON.parse(readFileSync(new URL(path), 'utf8')) as object;
}

function problems(value: object): unknown {
  const { $schema: _draft, ...schema } = vendorSchema() as { $schema?: string };
  const validate = new Ajv({ strict: false, validateFormats: false, logger: false }).compile(schema);
  return validate(value) ? [] : validate.errors;
}

describe('the manifest', () => {
  test('is one by the vendor’s schema', () => {
    expect(problems(manifest)).toEqual([]);
  });

  test.each<[string, object]>([
    ['an app without an id', { ...manifest, id: undefined }],
    ['an id that is none', { ...manifest, id: 'cwsync' }],
    ['a name that is too long', { ...manifest, name: { short: 'x'.repeat(31), full: 'x' } }],
    [
      'eleven commands',
      {
        ...manifest,
        bots: [
          {
            ...manifest.bots[0],
            commandLists: [
              {
                scopes: ['personal'],
                commands: Array.from({ length: 11 }, (_, n) => ({ title: `c${n}`, description: 'd' })),
              },
            ],
          },
        ],
      },
    ],
  ])('the schema refuses %s', (_, broken) => {
    expect(problems(JSON.parse(JSON.stringify(broken)))).not.toEqual([]);
  });

  test('offers commands of the grammar, help first', () => {
    const listed = manifest.bots[0]?.commandLists[0]?.commands ?? [];
    expect(listed).toHaveLength(10);
    expect(listed[0]?.title).toBe('help');
    const known = new Map(commands.map(({ name, summary }) => [name as string, summary]));
    for (const { title, description } of listed) expect(known.get(title)).toContain(description);
  });
});

describe('the package', () => {
  const unpacked = () => unzipSync(teamsPackage(options));

  test('holds the manifest and both icons, and is the same each time', () => {
    const archive = teamsPackage(options);
    expect(teamsPackage(options).equals(archive)).toBe(true);
    const entries = unpacked();
    expect(Object.keys(entries)).toEqual(['manifest.json', 'color.png', 'outline.png']);
    const written = strFromU8(entries['manifest.json'] ?? new Uint8Array());
    expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify(manifest)));
  });

  test.each([
    ['color.png', 192],
    ['outline.png', 32],
  ])('%s is a PNG of its size with something on it', (name, size) => {
    const icon = Buffer.from(unpacked()[name] ?? []);
    expect(icon.subarray(1, 4).toString()).toBe('PNG');
    expect([icon.readUInt32BE(16), icon.readUInt32BE(20)]).toEqual([size, size]);
    const length = icon.readUInt32BE(33);
    const pixels = inflateSync(icon.subarray(41, 41 + length));
    expect(pixels).toHaveLength(size * (size * 4 + 1));
    expect(new Set(pixels).size).toBeGreaterThan(1);
  });
});
