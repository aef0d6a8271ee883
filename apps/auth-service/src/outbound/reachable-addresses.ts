/**
 * Owns which network addresses this service may speak to of its own accord: public ones, and those that the operator allows. Does not
 * own where an address comes from (resolve-host) nor the connection (exchange).
 */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

type Address = ReturnType<typeof ipaddr.process>;
type Block = ReturnType<typeof ipaddr.parseCIDR>;

/** RFC 4291 §2.4, IANA: global unicast is given out of 2000::/3 alone. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/** A public address that is answered by the very host on which a virtual machine of Azure runs, with what it holds of it. */
const OF_THE_HOST = '168.63.129.16';

export class ReachableAddresses {
  readonly #allowed: readonly Block[];

  /** @param allowed OUTBOUND_ALLOW: addresses and CIDR blocks, comma-separated */
  constructor(allowed = '') {
    this.#allowed = allowed === '' ? [] : allowed.split(',').map((block) => blockOf(block.trim()));
  }

  /**
   * `public`: anybody's; `allowed`: by the operator. Whatever is not known to be public is refused: private, loopback, link-local
   * (and with it the metadata services of clouds), shared (RFC 6598), unique local, multicast, reserved; and every form of IPv6 that
   * leads to an IPv4 address by translation or in a tunnel (RFC 6052, 6to4, Teredo), where that address would be judged by nobody. An
   * IPv4 address in the form of IPv6 (`::ffff:…`) is judged as what it is.
   */
  judge(text: string): 'public' | 'allowed' | 'refused' {
    // The library reads `1.2.3` and `0x7f.1` too; what a socket reads in its own way is not ours to guess.
    if (isIP(text) === 0 || !ipaddr.isValid(text)) return 'refused';
    const address = ipaddr.process(text);
    if (this.#allowed.some((block) => isIn(address, block))) return 'allowed';
    if (address.range() !== 'unicast' || address.toString() === OF_THE_HOST) return 'refused';
    return address instanceof ipaddr.IPv4 || address.match(GLOBAL_UNICAST) ? 'public' : 'refused';
  }
}

const blockOf = (text: string): Block => {
  if (text.includes('/')) return ipaddr.parseCIDR(text);
  const address = ipaddr.parse(text);
  return address instanceof ipaddr.IPv4 ? [address, 32] : [address, 128];
};

const isIn = (address: Address, [network, bits]: Block): boolean => {
  if (address instanceof ipaddr.IPv4) return network instanceof ipaddr.IPv4 && address.match(network, bits);
  return network instanceof ipaddr.IPv6 && address.match(network, bits);
};
