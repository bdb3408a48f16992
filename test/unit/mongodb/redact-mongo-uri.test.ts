import { describe, expect, it } from 'vitest';
import { redactUrls } from '../../../adapters/mongodb/embedded/redact-urls.ts';
import { redactMongoUri } from '../../../adapters/mongodb/redact-mongo-uri.ts';

describe('redactMongoUri', () => {
  it.each([
    ['mongodb://u:p@host:27017/db?authSource=admin', 'mongodb://***@host:27017/db?authSource=admin'],
    ['mongodb+srv://u:p@cluster.example.net/', 'mongodb+srv://***@cluster.example.net/'],
    ['mongodb://user@host/', 'mongodb://***@host/'],
    ['mongodb://a,b:1/db', 'mongodb://a,b:1/db'],
    ['mongodb://u:with@sign@host/', 'mongodb://***@host/'],
    ['mongodb://u:with/slash@host/', 'mongodb://***@host/'],
    [
      'mongodb://host/?tlsCertificateKeyFilePassword=abc&w=1&proxyPassword=def',
      'mongodb://host/?tlsCertificateKeyFilePassword=***&w=1&proxyPassword=***',
    ],
    [
      'mongodb://host/?authMechanismProperties=AWS_SESSION_TOKEN:abc',
      'mongodb://host/?authMechanismProperties=***',
    ],
    ['cannot reach mongodb://u:p@host/ now', 'cannot reach mongodb://***@host/ now'],
    ['no address here', 'no address here'],
  ])('%s', (text, expected) => {
    expect(redactMongoUri(text)).toBe(expected);
  });
});

describe('redactUrls', () => {
  it('cuts every address out of the words of another program', () => {
    const said = 'ERROR: Could not fetch https://user:pw@index.example/simple/ (from "http://b/c")';
    expect(redactUrls(said)).toBe('ERROR: Could not fetch <address> (from "<address>")');
  });
});
