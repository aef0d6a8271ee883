// Owns: which of several servers a balancer would send the next request to: of those that are up, whoever has the fewest under way,
// by lot among equals. Does not own: the requests.
import type { Chance } from './chance.js';
import type { Service } from './service.js';

export function leastBusy(services: readonly Service[], chance: Chance): Service {
  const up = services.filter(({ isUp }) => isUp);
  const eligible = up.length === 0 ? services : up;
  const fewest = Math.min(...eligible.map(({ client }) => client.underWay));
  return chance.pick(eligible.filter(({ client }) => client.underWay === fewest));
}
