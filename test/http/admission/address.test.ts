import { describe, expect, it } from 'vitest'
import { rateLimitKey, forwardedFor } from '../../../src/http/admission/address.ts'

describe('the rate limit key', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    [' 10.0.199.249 ', '10.0.199.249'],
    ['255.250.99.100', '255.250.99.100'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['::FFFF:203.0.113.9', '203.0.113.9'],
    ['::ffff:cb00:7109', '203.0.113.9'],
    ['0:0:0:0:0:ffff:203.0.113.9', '203.0.113.9'],
    ['203.0.113.9:40000', '203.0.113.9'],
    [' "203.0.113.9:40000" ', '203.0.113.9'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::7]:443', '2001:db8:1:2::/64'],
    ['"[2001:db8:1:2::7]"', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['fe80::1%br-lan', 'fe80:0:0:0::/64'],
    ['fe80::1%eth0.100', 'fe80:0:0:0::/64'],
    ['fe80::1%wlan0:1', 'fe80:0:0:0::/64'],
    ['[fe80::1%br-lan]:443', 'fe80:0:0:0::/64'],
    ['::ffff:203.0.113.9%br-lan', '203.0.113.9'],
    ['::1', '0:0:0:0::/64'],
  ])('of the address %s is %s', (written, counted) => {
    expect(rateLimitKey(written)).toBe(counted)
  })

  it.each([
    '',
    ',',
    'unknown',
    '_hidden',
    '0x7f.1',
    '127.1',
    '017.0.0.1',
    '1.2.3.4.5',
    '1.2.3',
    '1.2.3.',
    '1.2.3.256',
    '1.2.3.04',
    '203.0.113.9, 10.0.0.1',
    "'; DROP TABLE",
    '[::1',
    '::1]:80',
    '%',
    '%br-lan',
    '203.0.113%9',
    'x'.repeat(10_000),
  ])('of the invalid address %s is unknown', (written) => {
    expect(rateLimitKey(written)).toBe('unknown')
  })
})

describe('the client address in X-Forwarded-For', () => {
  it.each([
    ['198.51.100.1', 1, '198.51.100.1'],
    ['10.0.0.1, 198.51.100.1', 1, '198.51.100.1'],
    ['10.0.0.1, 198.51.100.1 , 192.0.2.3', 2, '198.51.100.1'],
    ['10.0.0.1,198.51.100.1,192.0.2.3', 3, '10.0.0.1'],
    ['198.51.100.1', 2, undefined],
    ['', 2, undefined],
    ['', 1, 'unknown'],
    [',,,', 1, 'unknown'],
    ['made up, 198.51.100.1', 1, '198.51.100.1'],
  ])('%o behind %i proxies is %s', (header, hops, client) => {
    expect(forwardedFor(header, hops)).toBe(client)
  })
})
