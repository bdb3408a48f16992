import { describe, expect, it, test } from 'vitest';
import { apiUrl, companyInfoUrl, parseAddress, readCodebase } from '../../adapters/connectwise/address.ts';
import { psaLinks } from '../../adapters/connectwise/links.ts';

describe('the address of ConnectWise', () => {
  test.each([
    ['https://api-na.myconnectwise.net', 'https://api-na.myconnectwise.net/v4_6_release/apis/3.0/x'],
    ['https://api-na.myconnectwise.net/', 'https://api-na.myconnectwise.net/v4_6_release/apis/3.0/x'],
    ['https://h.example/v4_6_release/apis/3.0', 'https://h.example/v4_6_release/apis/3.0/x'],
    ['https://h.example/v2025_1/apis/3.0/', 'https://h.example/v2025_1/apis/3.0/x'],
    ['https://h.example/v2025_1', 'https://h.example/v2025_1/apis/3.0/x'],
    ['https://h.example:8443/proxy/cw', 'https://h.example:8443/proxy/cw/v4_6_release/apis/3.0/x'],
    ['https://h.example/proxy/v2025_1/apis/3.0', 'https://h.example/proxy/v2025_1/apis/3.0/x'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/v4_6_release/apis/3.0/x'],
    ['http://localhost', 'http://localhost/v4_6_release/apis/3.0/x'],
    ['http://[::1]:80', 'http://[::1]/v4_6_release/apis/3.0/x'],
  ])('%s', (text, expected) => {
    expect(apiUrl(parseAddress(text), '/x').href).toBe(expected);
  });

  test.each([
    ['no URL at all', 'na.myconnectwise.net'],
    ['plain HTTP elsewhere', 'http://cw.example.com'],
    ['plain HTTP to a host that looks like this machine', 'http://127.0.0.1.example.com'],
    ['another protocol', 'ftp://localhost'],
    ['a query', 'https://cw.example.com/?a=1'],
    ['keys in it', 'https://me:hunter2@cw.example.com'],
  ])('refuses %s, without quoting a password', (_name, text) => {
    expect(() => parseAddress(text)).toThrow(TypeError);
    expect(() => parseAddress(text)).not.toThrow(/hunter2/);
  });

  it('looks the codebase up beside the API', () => {
    const url = companyInfoUrl(parseAddress('https://h.example/proxy/v1_0/apis/3.0'), 'a/b c');
    expect(url.href).toBe('https://h.example/proxy/login/companyinfo/a%2Fb%20c');
  });

  test.each([
    [{ Codebase: 'v2025_1/', IsCloud: 'True' }, { codebase: 'v2025_1' }],
    [{ Codebase: 'v4_6_release', IsCloud: true }, { codebase: 'v4_6_release' }],
    [null, 'unknown-company'],
    [{ Codebase: '../../evil' }, null],
    [{ Codebase: '//evil.example/' }, null],
    [{}, null],
    ['<html>', null],
    [undefined, null],
  ])('reads %j as %j', (body, expected) => {
    expect(readCodebase(body)).toEqual(expected);
  });
});

describe('links for people', () => {
  it('opens the record on the host without api-', () => {
    const links = psaLinks({
      apiUrl: 'https://api-na.myconnectwise.net/v4_6_release/apis/3.0',
      companyId: 'a&b',
    });
    expect(links.record('project', 812)).toBe(
      'https://na.myconnectwise.net/v4_6_release/services/system_io/router/openrecord.rails' +
        '?locale=en_US&recordType=ProjectHeaderFV&recid=812&companyName=a%26b',
    );
    expect(links.record('ticket', 9)).toContain('recordType=ServiceFV&recid=9&');
    expect(links.home()).toEqual({ url: 'https://na.myconnectwise.net/', label: 'na.myconnectwise.net' });
  });

  it('takes the address that is configured for people', () => {
    const links = psaLinks({
      apiUrl: 'http://127.0.0.1:9',
      uiUrl: 'https://psa.acme.example/cw/',
      companyId: 'acme',
    });
    expect(links.record('project', 1)).toMatch(/^https:\/\/psa\.acme\.example\/cw\/v4_6_release\/services\//);
    expect(links.home()).toEqual({ url: 'https://psa.acme.example/cw/', label: 'psa.acme.example' });
  });

  it('keeps the port and refuses what a browser should not open', () => {
    expect(psaLinks({ apiUrl: 'http://127.0.0.1:9100', companyId: 'a' }).home().url).toBe(
      'http://127.0.0.1:9100/',
    );
    expect(() => psaLinks({ apiUrl: 'https://h', uiUrl: 'javascript:alert(1)', companyId: 'a' })).toThrow(
      TypeError,
    );
  });
});
