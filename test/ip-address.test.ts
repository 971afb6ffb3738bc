import { expect, it } from 'vitest'
import { parseIpAddress, isLoopback } from '../src/ip-address.ts'

it.each([
  'localhost',
  'LOCALHOST',
  '127.0.0.1',
  '127.9.9.9',
  '::1',
  '[::1]',
  '::1%lo',
  '::1%br-lan',
  '::ffff:127.0.0.1',
  '0:0:0:0:0:0:0:1',
])('%s is this machine', (host) => {
  expect(isLoopback(host)).toBe(true)
})

it.each([
  '',
  '0.0.0.0',
  '::',
  '128.0.0.1',
  '127.0.0.999',
  '127.1',
  'localhost.example',
  'fe80::1%br-lan',
  '[::1',
  '%',
  '127.0.0.1.example',
])('%o is not', (host) => {
  expect(isLoopback(host)).toBe(false)
})

it('whatever a zone is called, the address is read', () => {
  for (const zone of ['eth0', 'br-lan', 'eth0.100', 'wlan0:1', '%', '\u{1f52d}', ''])
    expect(parseIpAddress(`fe80::1%${zone}`)?.toString()).toBe('fe80::1')
})
