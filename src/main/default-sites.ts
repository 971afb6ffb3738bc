/** Photon Ranch's public telescopes, from the observatories' public configuration; used where `SITES_FILE` names no other file. */
export const defaultSites = [
  { code: 'saf', name: 'Apache Ridge Observatory', latitude: 35.554298, longitude: -105.870197, elevation: 2194, time_zone: 'America/Denver', enclosure: 'dome' },
  { code: 'aro1', name: 'Apache Ridge Observatory 0m3', latitude: 35.554298, longitude: -105.870197, elevation: 2194, time_zone: 'America/Denver', enclosure: 'roll-off roof' },
  { code: 'aro2', name: 'Apache Ridge Observatory 0m45', latitude: 35.554298, longitude: -105.870197, elevation: 2194, time_zone: 'America/Denver', enclosure: 'roll-off roof' },
  { code: 'mrc1', name: 'Mountain Ranch Camp Observatory 0m35', latitude: 34.459375, longitude: -119.681172, elevation: 317.75, time_zone: 'America/Los_Angeles', enclosure: 'clamshell' },
  { code: 'mrc2', name: 'Mountain Ranch Camp Observatory 0m61', latitude: 34.459375, longitude: -119.681172, elevation: 317.75, time_zone: 'America/Los_Angeles', enclosure: 'clamshell' },
  { code: 'eco1', name: 'Eltham College Observatory 0m4', latitude: -37.700972, longitude: 145.191806, elevation: 150, time_zone: 'Australia/Melbourne', enclosure: 'roof' },
  { code: 'eco2', name: 'Eltham College Observatory 0m28', latitude: -37.700972, longitude: 145.191806, elevation: 150, time_zone: 'Australia/Melbourne', enclosure: 'roof' },
  { code: 'sro1', name: 'Sierra Remote Observatories 0m3', latitude: 37.070111, longitude: -119.412417, elevation: 1405, time_zone: 'America/Los_Angeles', enclosure: 'roof' },
  { code: 'lcs1', name: 'Luther College Observatory', latitude: -37.7827, longitude: 145.2702, elevation: 150, time_zone: 'Australia/Melbourne', enclosure: 'dome' },
  { code: 'tbo2', name: 'Test Burnie Observatory', latitude: -41.06361, longitude: 145.875275, elevation: 150, time_zone: 'Australia/Melbourne', enclosure: 'simulated' },
]
