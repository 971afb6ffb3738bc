// Generated from openapi.json by `npm run openapi`. Do not edit it.
import type { CallOptions } from './options.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** A change of a reservation, unmasked: an entry of `changes` without its cursor. */
export interface Webhook {
  type: 'reservation.created' | 'reservation.changed' | 'reservation.deleted' | 'reservation.restored'
  /** When the change was made. */
  timestamp: string
  data: {
    event_id: string
    revision: number
    via: 'reserve' | 'amend' | 'cancel' | 'attach-project' | 'detach-project' | 'expire-lco' | 'restore' | 'import'
    at: string
    /** Who made the change. */
    by?: string
    before: Event | null
    after: Event | null
  }
}

/** A reservation. Every field is there; fields of your own are kept and given back. */
export interface Event {
  event_id: string
  start: string
  end: string
  site: string
  creator_id: string
  creator: string
  title: string
  reservation_type: 'realtime' | 'project' | 'maintenance'
  origin: 'ptr' | 'lco'
  resourceId: string
  project_id: string
  project_priority: 'standard' | 'low_priority' | 'background' | 'time_critical'
  reservation_note: string
  last_modified: string
  [field: string]: Json
}

/** RFC 9457 problem details. */
export interface Problem {
  type: string
  title: string
  status: number
  code: string
  detail: string
  errors: ({
    /** `conflict`, or the rule that is broken. */
    code?: string
    message: string
    /** Whether the caller may override it. */
    overridable?: boolean
    field?: string
  })[]
  conflicts?: Event[]
  free?: {
    before: {
      start: string
      end: string
    } | null
    after: {
      start: string
      end: string
    } | null
  }
  /** The refused nights of a series. */
  nights?: ({
    night: string
    /** A rule, `conflict`, `no_such_time` or `no_such_night`. */
    objections: ({
      /** `conflict`, or the rule that is broken. */
      code: string
      message: string
      /** Whether the caller may override it. */
      overridable: boolean
    })[]
  })[]
}

/** What the LCO scheduler has planned or done, in the form of an event. */
export interface Observation {
  /** The observation's id at its portal. */
  event_id: string
  start: string
  end: string
  /** Who submitted it. */
  creator: string
  /** The same with `#LCO`: never the id of an observer here. */
  creator_id: string
  last_modified: string
  reservation_type: 'observation'
  origin: 'LCO'
  title: string
  resourceId: string
  site: string
  observation_type: string
  /** `PENDING`, `IN_PROGRESS`, `NOT_ATTEMPTED`, `COMPLETED`, `ABORTED`, `FAILED`, or what the portal says. */
  observation_state: string
  request_state: string
  /** The whole observation, as its portal sends it. */
  observation_data: Record<string, Json>
}

/** What observers are allowed. What is missing is not limited. */
export interface Rules {
  lengths?: {
    realtime?: {
      shortest_minutes?: number
      longest_minutes?: number
      /** The only lengths. */
      allowed_minutes?: number[]
    }
    project?: {
      shortest_minutes?: number
      longest_minutes?: number
      /** The only lengths. */
      allowed_minutes?: number[]
    }
  }
  horizon_days?: number
  notice_minutes?: number
  cancel_notice_minutes?: number
  darkness?: 'none' | 'civil' | 'nautical' | 'astronomical'
  hours_per_night?: number
  hours_per_7_nights?: number
  upcoming?: number
  one_at_a_time?: boolean
}

/** What `newevent` is asked. */
export interface NewEventInput {
  event_id: string
  /** ISO 8601; without an offset it is UTC. To the second: fractions are cut off. */
  start: string
  /** Default: 30 minutes after start. */
  end?: string | null | undefined
  /** Code of a telescope; case matters. */
  site: string
  /** Default: the caller. */
  creator_id?: string | null | undefined
  /** Default: the name in the token, else Observer. */
  creator?: string | null | undefined
  /** Default: creator. */
  title?: string | null | undefined
  reservation_type?: 'realtime' | 'project' | 'maintenance' | null | undefined
  /** ptr or lco, in any case. */
  origin?: string | null | undefined
  /** Default: site. */
  resourceId?: string | null | undefined
  /** `none`, or `name#created_at` (split at the last `#`). */
  project_id?: string | null | undefined
  /** Anybody signed in may delete what is low_priority, or background, which is below it. */
  project_priority?: 'standard' | 'low_priority' | 'background' | 'time_critical' | null | undefined
  reservation_note?: string | null | undefined
  /** Admins and services only: commits the change although it conflicts or breaks rules. */
  override?: boolean | null | undefined
  [field: string]: unknown
}

/** What `newevent` answers. */
export interface NewEventOutput {
  new_calendar_event: Event
  /** Always the same; for clients of the original. */
  table_response: {
    ResponseMetadata: {
      HTTPStatusCode: 200
    }
  }
  /** The reservations that this one overlaps, if that was let through. */
  conflicts?: Event[]
  /** How many more there are, if they were too many to send. */
  conflicts_left_out?: number
}

/** What `modifyevent` is asked. */
export interface ModifyEventInput {
  /** ISO 8601; without an offset it is UTC. To the second: fractions are cut off. */
  start?: string | null | undefined
  /** Default: 30 minutes after start. */
  end?: string | null | undefined
  /** Code of a telescope; case matters. */
  site?: string | null | undefined
  /** Default: creator. */
  title?: string | null | undefined
  reservation_type?: 'realtime' | 'project' | 'maintenance' | null | undefined
  /** ptr or lco, in any case. */
  origin?: string | null | undefined
  /** Default: site. */
  resourceId?: string | null | undefined
  /** `none`, or `name#created_at` (split at the last `#`). */
  project_id?: string | null | undefined
  /** Anybody signed in may delete what is low_priority, or background, which is below it. */
  project_priority?: 'standard' | 'low_priority' | 'background' | 'time_critical' | null | undefined
  reservation_note?: string | null | undefined
  /** Admins and services only: commits the change although it conflicts or breaks rules. */
  override?: boolean | null | undefined
  event_id?: string | null | undefined
  originalEvent?: {
    event_id: string
    /** ISO 8601; without an offset it is UTC. To the second: fractions are cut off. */
    start?: string | null | undefined
  } | null | undefined
  modifiedEvent?: {
    /** ISO 8601; without an offset it is UTC. To the second: fractions are cut off. */
    start?: string | null | undefined
    /** Default: 30 minutes after start. */
    end?: string | null | undefined
    /** Code of a telescope; case matters. */
    site?: string | null | undefined
    /** Default: creator. */
    title?: string | null | undefined
    reservation_type?: 'realtime' | 'project' | 'maintenance' | null | undefined
    /** ptr or lco, in any case. */
    origin?: string | null | undefined
    /** Default: site. */
    resourceId?: string | null | undefined
    /** `none`, or `name#created_at` (split at the last `#`). */
    project_id?: string | null | undefined
    /** Anybody signed in may delete what is low_priority, or background, which is below it. */
    project_priority?: 'standard' | 'low_priority' | 'background' | 'time_critical' | null | undefined
    reservation_note?: string | null | undefined
    /** Admins and services only: commits the change although it conflicts or breaks rules. */
    override?: boolean | null | undefined
    [field: string]: unknown
  } | null | undefined
  [field: string]: unknown
}

/** What `modifyevent` answers. */
export interface ModifyEventOutput {
  modified_calendar_event: Event
  /** Always the same; for clients of the original. */
  table_response: {
    ResponseMetadata: {
      HTTPStatusCode: 200
    }
  }
  /** The reservations that this one overlaps, if that was let through. */
  conflicts?: Event[]
  /** How many more there are, if they were too many to send. */
  conflicts_left_out?: number
}

/** What `delete` is asked. */
export interface DeleteEventInput {
  event_id: string
  /** ISO 8601; without an offset it is UTC. To the second: fractions are cut off. */
  start?: string | null | undefined
  /** Admins and services only: commits the change although it conflicts or breaks rules. */
  override?: boolean | null | undefined
}

/** What `delete` answers. */
export interface DeleteEventOutput {
  deleted_calendar_event: Event
}

/** What `check-event` is asked. */
export interface CheckEventInput {
  as: 'newevent' | 'modifyevent'
  /** The body of that endpoint. */
  event: Record<string, unknown>
}

/** What `check-event` answers. */
export interface CheckEventOutput {
  /** `override`: it would be accepted with `"override": true`. */
  would: 'accept' | 'override' | 'refuse'
  objections: ({
    /** `conflict`, or the rule that is broken. */
    code: string
    message: string
    /** Whether the caller may override it. */
    overridable: boolean
  })[]
  /** The nearest free dark time, if there are objections and it is known. */
  free: {
    before: {
      start: string
      end: string
    } | null
    after: {
      start: string
      end: string
    } | null
  }
}

/** What `event-history` is asked. */
export interface EventHistoryInput {
  event_id: string
  /** Only revisions with a lower number. */
  before?: number | null | undefined
  /** The maximum number of revisions, the newest. */
  limit?: number | null | undefined
}

/** What `event-history` answers. */
export type EventHistoryOutput = ({
  revision: number
  at: string
  by: string
  via: 'reserve' | 'amend' | 'cancel' | 'attach-project' | 'detach-project' | 'expire-lco' | 'restore' | 'import'
  /** Ids of the reservations that it overlapped. */
  across: string[]
  /** Codes of the rules that an admin overrode, if any. */
  overridden?: string[]
  before: Event | null
  after: Event | null
})[]

/** What `restore-event` is asked. */
export interface RestoreEventInput {
  event_id: string
  revision: number
  /** Admins and services only: commits the change although it conflicts or breaks rules. */
  override?: boolean | null | undefined
}

/** What `restore-event` answers. */
export interface RestoreEventOutput {
  restored_calendar_event: Event
  /** Always the same; for clients of the original. */
  table_response: {
    ResponseMetadata: {
      HTTPStatusCode: 200
    }
  }
  /** The reservations that this one overlaps, if that was let through. */
  conflicts?: Event[]
  /** How many more there are, if they were too many to send. */
  conflicts_left_out?: number
}

/** What `siteevents` is asked. */
export interface SiteEventsInput {
  /** Code of a telescope; case matters. */
  site: string | readonly string[]
  /** ISO 8601; without an offset it is UTC. To the second: fractions are cut off. */
  start: string
  /** ISO 8601; without an offset it is UTC. To the second: fractions are cut off. */
  end: string
  full_project_details?: boolean | undefined
}

/** What `siteevents` answers. */
export type SiteEventsOutput = Event[]

/** What `scheduler-observations` is asked. */
export interface SchedulerObservationsInput {
  /** Code of a telescope; case matters. */
  site: string
  /** ISO 8601; without an offset it is UTC. To the second: fractions are cut off. */
  start: string
  /** ISO 8601; without an offset it is UTC. To the second: fractions are cut off. */
  end: string
}

/** What `scheduler-observations` answers. */
export type SchedulerObservationsOutput = Observation[]

/** What `reservations-affected` is asked. */
export interface ReservationsAffectedInput {
  /** Code of a telescope; case matters. */
  site: string
  /** ISO 8601; without an offset it is UTC. To the second: fractions are cut off. */
  start: string
  /** ISO 8601; without an offset it is UTC. To the second: fractions are cut off. */
  end: string
}

/** What `reservations-affected` answers. */
export type ReservationsAffectedOutput = Event[]

/** What `user-events-ending-after-time` is asked. */
export interface UserEventsEndingAfterTimeInput {
  /** An observer's `sub`. */
  user_id: string
  /** ISO 8601; without an offset it is UTC. To the second: fractions are cut off. */
  time: string
}

/** What `user-events-ending-after-time` answers. */
export type UserEventsEndingAfterTimeOutput = Event[]

/** What `get-event-at-time` is asked. */
export interface GetEventAtTimeInput {
  /** Code of a telescope; case matters. */
  site: string
  /** ISO 8601; without an offset it is UTC. To the second: fractions are cut off. */
  time: string
}

/** What `get-event-at-time` answers. */
export type GetEventAtTimeOutput = Event[]

/** What `get-event` is asked. */
export interface GetEventInput {
  event_id: string
  /** ISO 8601; without an offset it is UTC. To the second: fractions are cut off. */
  start?: string | null | undefined
}

/** What `get-event` answers. */
export type GetEventOutput = Event

/** What `is-user-scheduled` is asked. */
export interface IsUserScheduledInput {
  /** An observer's `sub`. */
  user_id: string
  /** Code of a telescope; case matters. */
  site: string
  /** ISO 8601; without an offset it is UTC. To the second: fractions are cut off. */
  time: string
}

/** What `is-user-scheduled` answers. */
export type IsUserScheduledOutput = boolean

/** What `does-conflicting-event-exist` is asked. */
export interface DoesConflictingEventExistInput {
  /** An observer's `sub`. */
  user_id: string
  /** Code of a telescope; case matters. */
  site: string
  /** ISO 8601; without an offset it is UTC. To the second: fractions are cut off. */
  time?: string | null | undefined
  /** ISO 8601; without an offset it is UTC. To the second: fractions are cut off. */
  start?: string | null | undefined
  /** ISO 8601; without an offset it is UTC. To the second: fractions are cut off. */
  end?: string | null | undefined
}

/** What `does-conflicting-event-exist` answers. */
export type DoesConflictingEventExistOutput = boolean

/** What `may-command` is asked. */
export interface MayCommandInput {
  /** An observer's `sub`. */
  user_id: string
  /** Code of a telescope; case matters. */
  site: string
  /** ISO 8601; without an offset it is UTC. To the second: fractions are cut off. */
  time?: string | null | undefined
  roles?: string | readonly string[] | null | undefined
}

/** What `may-command` answers. */
export interface MayCommandOutput {
  allowed: boolean
  reason: 'admin' | 'open' | 'reserved_for_you' | 'reserved_for_another' | 'closed'
  /** Ask again then: the answer may be another. */
  until: string
  /** The reservation that decides, if one does; masked. */
  reservation?: Event
}

/** What `add-projects-to-events` is asked. */
export interface AddProjectsToEventsInput {
  /** `none`, or `name#created_at` (split at the last `#`). */
  project_id: string
  events: readonly (string | {
    event_id: string
    /** ISO 8601; without an offset it is UTC. To the second: fractions are cut off. */
    start?: string | null | undefined
  })[]
}

/** What `add-projects-to-events` answers. */
export type AddProjectsToEventsOutput = ({
  event_id: string
  status: 'updated' | 'not_found' | 'finished'
})[]

/** What `remove-project-from-events` is asked. */
export interface RemoveProjectFromEventsInput {
  events: readonly (string | {
    event_id: string
    /** ISO 8601; without an offset it is UTC. To the second: fractions are cut off. */
    start?: string | null | undefined
  })[]
}

/** What `remove-project-from-events` answers. */
export type RemoveProjectFromEventsOutput = ({
  event_id: string
  status: 'updated' | 'not_found' | 'finished'
})[]

/** What `remove-expired-lco-schedule` is asked. */
export interface RemoveExpiredLcoScheduleInput {
  /** Code of a telescope; case matters. */
  site: string
  /** ISO 8601; without an offset it is UTC. To the second: fractions are cut off. */
  cutoff_time: string
}

/** What `remove-expired-lco-schedule` answers. */
export type RemoveExpiredLcoScheduleOutput = string[]

/** What `targets` is asked. */
export interface TargetsInput {
  q: string
}

/** What `targets` answers. */
export type TargetsOutput = ({
  /** Of coordinates the text that has them; empty for a place. */
  name: string
  aliases: string[]
  /** `galaxy`, `open cluster`, `star`, `planet`, `moon`, `coordinates` … */
  kind: string
  ra: number
  dec: number
})[]

/** What `target-visibility` is asked. */
export interface TargetVisibilityInput {
  site?: string | readonly string[] | null | undefined
  sites?: string | readonly string[] | null | undefined
  target: string | {
    name: string
  } | {
    ra: number
    dec: number
  }
  /** ISO 8601; without an offset it is UTC. To the second: fractions are cut off. */
  start: string
  /** ISO 8601; without an offset it is UTC. To the second: fractions are cut off. */
  end: string
  /** The greatest airmass of the target. */
  max_airmass?: number | null | undefined
  /** The Sun is below -6° (civil), -12° (nautical) or -18° (astronomical); `none` is at any time. */
  darkness?: 'none' | 'civil' | 'nautical' | 'astronomical' | null | undefined
}

/** What `target-visibility` answers. */
export interface TargetVisibilityOutput {
  target: {
    /** Of coordinates the text that has them; empty for a place. */
    name: string
    aliases: string[]
    /** `galaxy`, `open cluster`, `star`, `planet`, `moon`, `coordinates` … */
    kind: string
    ra: number
    dec: number
  }
  sites: ({
    site: string
    /** Why there is no interval in any night; empty if there is one. */
    reasons: ('not_dark' | 'target_low' | 'unknown_site')[]
    nights: ({
      /** The evening's date at the site. */
      night: string
      /** Before the transit; null if the target does not rise. */
      rise: string | null
      /** Nearest to the middle of the night; null if it is below the horizon. */
      transit: string | null
      transit_altitude: number | null
      /** After the transit; null if the target does not set. */
      set: string | null
      /** When the sky is dark, and the target within airmass and mount. */
      intervals: ({
        start: string
        end: string
      })[]
      /** From sunset to sunrise within `[start, end)`, every `minutes`; null if nothing of that is left. */
      curve: {
        start: string
        minutes: number
        altitude: number[]
        /** Null below the horizon. */
        airmass: (number | null)[]
      } | null
    })[]
  })[]
}

/** What `availability` is asked. */
export interface AvailabilityInput {
  site?: string | readonly string[] | null | undefined
  sites?: string | readonly string[] | null | undefined
  /** ISO 8601; without an offset it is UTC. To the second: fractions are cut off. */
  start: string
  /** ISO 8601; without an offset it is UTC. To the second: fractions are cut off. */
  end: string
  minutes: number
  /** The Sun is below -6° (civil), -12° (nautical) or -18° (astronomical); `none` is at any time. */
  darkness?: 'none' | 'civil' | 'nautical' | 'astronomical' | null | undefined
  target?: string | {
    name: string
  } | {
    ra: number
    dec: number
  } | null | undefined
  /** The greatest airmass of the target. */
  max_airmass?: number | null | undefined
  /** The least angle between the target and a Moon above the horizon, degrees. */
  min_lunar_distance?: number | null | undefined
  /** The greatest illumination of a Moon above the horizon. */
  max_lunar_phase?: number | null | undefined
  order?: 'soonest' | 'best' | null | undefined
  limit?: number | null | undefined
  /** The `event_id` of one of your reservations. */
  ignore?: string | null | undefined
}

/** What `availability` answers. */
export interface AvailabilityOutput {
  intervals: ({
    site: string
    start: string
    end: string
    /** Whole minutes from start to end. */
    minutes: number
    /** The evening's date at the site. */
    night: string
    /** Of the target, at both ends, and the least. */
    airmass?: {
      start: number
      end: number
      least: number
    }
    /**
     * The best part of the wanted length: as near to the highest altitude of the target as it can be; without a
     * target the middle. Its mean airmass, and a score, of which less is better.
     */
    best: {
      start: string
      end: string
      airmass?: number
      score: number
    }
    /** In the middle of the best part. The separation is from the target. */
    moon: {
      up: boolean
      illumination: number
      altitude: number
      separation?: number
    }
  })[]
  /** Whether there are others. */
  more: boolean
  /** For each site without an interval, what leaves none. */
  reasons: Record<string, ('taken' | 'closed' | 'not_dark' | 'target_low' | 'moon' | 'rules' | 'unknown_site')[]>
}

/** What `site-rules` is asked. */
export interface SiteRulesInput {
  /** Code of a telescope; case matters. */
  site: string
  /** An instant of the night to count; now by default. */
  time?: string | null | undefined
}

/** What `site-rules` answers. */
export interface SiteRulesOutput {
  site: string
  /** The rules in force: of the site and of the network the stricter ones. */
  rules: Rules
  /** Where they come from. Quotas of the network count the reservations at all sites. */
  from: {
    site: Rules
    network: Rules
  }
  /** What the caller has left of each quota; null without a token. */
  left: ({
    rule: 'hours_per_night' | 'hours_per_7_nights' | 'upcoming'
    of: 'site' | 'network'
    limit: number
    used: number
    left: number
    /** The first and the last night that are counted, by the dates of their evenings. */
    nights?: string[]
  })[] | null
}

/** What `newseries` is asked. */
export interface NewSeriesInput {
  /** Default: the caller. */
  creator_id?: string | null | undefined
  /** Default: the name in the token, else Observer. */
  creator?: string | null | undefined
  /** Default: creator. */
  title?: string | null | undefined
  reservation_type?: 'realtime' | 'project' | 'maintenance' | null | undefined
  /** ptr or lco, in any case. */
  origin?: string | null | undefined
  /** Default: site. */
  resourceId?: string | null | undefined
  /** `none`, or `name#created_at` (split at the last `#`). */
  project_id?: string | null | undefined
  /** Anybody signed in may delete what is low_priority, or background, which is below it. */
  project_priority?: 'standard' | 'low_priority' | 'background' | 'time_critical' | null | undefined
  reservation_note?: string | null | undefined
  series_id: string
  /** Code of a telescope; case matters. */
  site: string
  /** Required, unless `nights` is a list. */
  first_night?: string | null | undefined
  nights: {
    /** Days from one night to the next. */
    every: number
    /** At most `max_series` of `config`. */
    count: number
  } | readonly string[]
  /**
   * By the site's clocks; minutes after a moment of the evening (or before it, if negative); or by local sidereal
   * time.
   */
  start: {
    clock: string
  } | {
    after: 'sunset' | 'dusk' | 'nautical_dusk' | 'dark'
    minutes?: number | undefined
  } | {
    sidereal: number
  }
  minutes: number
  /** Whether one refused night refuses all (the default), or is left out. */
  on_conflict?: 'refuse' | 'skip' | null | undefined
  /** The same response, and nothing is changed. */
  dry_run?: boolean | null | undefined
  /** Admins and services only: commits the change although it conflicts or breaks rules. */
  override?: boolean | null | undefined
  [field: string]: unknown
}

/** What `newseries` answers. */
export interface NewSeriesOutput {
  series_id: string
  dry_run: boolean
  nights: ({
    night: string
    event: Event
    /** Ids of the reservations that it overlaps, if that was let through. */
    across?: string[]
  } | {
    night: string
    /** A rule, `conflict`, `no_such_time` or `no_such_night`. */
    objections: ({
      /** `conflict`, or the rule that is broken. */
      code: string
      message: string
      /** Whether the caller may override it. */
      overridable: boolean
    })[]
  })[]
}

/** What `modifyseries` is asked. */
export interface ModifySeriesInput {
  /** Code of a telescope; case matters. */
  site?: string | null | undefined
  /** Default: creator. */
  title?: string | null | undefined
  reservation_type?: 'realtime' | 'project' | 'maintenance' | null | undefined
  /** ptr or lco, in any case. */
  origin?: string | null | undefined
  /** Default: site. */
  resourceId?: string | null | undefined
  /** `none`, or `name#created_at` (split at the last `#`). */
  project_id?: string | null | undefined
  /** Anybody signed in may delete what is low_priority, or background, which is below it. */
  project_priority?: 'standard' | 'low_priority' | 'background' | 'time_critical' | null | undefined
  reservation_note?: string | null | undefined
  series_id: string
  /** A night, named by its evening's date. */
  from_night: string
  /** The observer of the series. Default: the caller. */
  creator_id?: string | null | undefined
  /**
   * By the site's clocks; minutes after a moment of the evening (or before it, if negative); or by local sidereal
   * time.
   */
  start?: {
    clock: string
  } | {
    after: 'sunset' | 'dusk' | 'nautical_dusk' | 'dark'
    minutes?: number | undefined
  } | {
    sidereal: number
  } | null | undefined
  minutes?: number | null | undefined
  /** The same response, and nothing is changed. */
  dry_run?: boolean | null | undefined
  /** Admins and services only: commits the change although it conflicts or breaks rules. */
  override?: boolean | null | undefined
  [field: string]: unknown
}

/** What `modifyseries` answers. */
export interface ModifySeriesOutput {
  series_id: string
  dry_run: boolean
  nights: ({
    night: string
    event: Event
    /** Ids of the reservations that it overlaps, if that was let through. */
    across?: string[]
  } | {
    night: string
    /** A rule, `conflict`, `no_such_time` or `no_such_night`. */
    objections: ({
      /** `conflict`, or the rule that is broken. */
      code: string
      message: string
      /** Whether the caller may override it. */
      overridable: boolean
    })[]
  })[]
}

/** What `deleteseries` is asked. */
export interface DeleteSeriesInput {
  series_id: string
  /** A night, named by its evening's date. */
  from_night: string
  /** The observer of the series. Default: the caller. */
  creator_id?: string | null | undefined
  /** The same response, and nothing is changed. */
  dry_run?: boolean | null | undefined
  /** Admins and services only: commits the change although it conflicts or breaks rules. */
  override?: boolean | null | undefined
}

/** What `deleteseries` answers. */
export interface DeleteSeriesOutput {
  series_id: string
  dry_run: boolean
  nights: ({
    night: string
    event: Event
    /** Ids of the reservations that it overlaps, if that was let through. */
    across?: string[]
  } | {
    night: string
    /** A rule, `conflict`, `no_such_time` or `no_such_night`. */
    objections: ({
      /** `conflict`, or the rule that is broken. */
      code: string
      message: string
      /** Whether the caller may override it. */
      overridable: boolean
    })[]
  })[]
}

/** What `move-reservations` is asked. */
export interface MoveReservationsInput {
  moves: readonly ({
    event_id: string
    /** Default: the nearest free dark time. */
    start?: string | null | undefined
    /** Default: where it is. */
    site?: string | null | undefined
  })[]
  /** Admins and services only: commits the change although it conflicts or breaks rules. */
  override?: boolean | null | undefined
}

/** What `move-reservations` answers. */
export type MoveReservationsOutput = ({
  event_id: string
  status: 'moved' | 'not_found' | 'finished' | 'refused'
  /** Where it is now, if it was moved. */
  site?: string
  start?: string
  end?: string
  /** Why it was refused, as in problem details. */
  code?: string
  /** The same as a sentence. */
  detail?: string
})[]

/** What `calendar-feeds` is asked. */
export interface CalendarFeedsInput {
  /** Makes a feed. */
  make?: true | null | undefined
  feed_id?: string | null | undefined
  /** Ends the feed `feed_id`: its address is a 404 from then on. */
  revoke?: true | null | undefined
}

/** What `calendar-feeds` answers. */
export interface CalendarFeedsOutput {
  /** The oldest first. */
  feeds: ({
    feed_id: string
    made_at: string
  })[]
  /** The feed that was made, once with its secret. */
  made?: {
    feed_id: string
    made_at: string
    secret: string
    /** The address of the feed, below that of the endpoints. */
    path: string
  }
}

/** What `me` answers. */
export interface MeOutput {
  user_id: string | null
  name: string | null
  role: 'anonymous' | 'observer' | 'admin' | 'service'
}

/** What `projects` is asked. */
export interface ProjectsInput {
  /** An observer's `sub`. */
  user_id?: string | null | undefined
}

/** What `projects` answers. */
export type ProjectsOutput = ({
  project_id: string
  project_name: string
  created_at: string
})[]

/** What `changes` is asked. */
export interface ChangesPageInput {
  /** The cursor after which to begin: `cursor` of the last page, or of the last change that was processed. */
  since?: string | undefined
  /** All sites by default; required for the stream. */
  site?: string | readonly string[] | undefined
  /** The maximum number of changes in the page, at most 1000. */
  limit?: number | undefined
}

/** What `changes` answers. */
export interface ChangesPageOutput {
  changes: ({
    /** The place right after this change. */
    cursor: string
    event_id: string
    revision: number
    via: 'reserve' | 'amend' | 'cancel' | 'attach-project' | 'detach-project' | 'expire-lco' | 'restore' | 'import'
    at: string
    /** Who made the change: only for the observer, admins and services. */
    by?: string
    before: Event | null
    after: Event | null
  })[]
  /** The place after the page: `since` of the next request. */
  cursor: string
}

/** What `config` answers. */
export interface ConfigOutput {
  stage: string
  version: string
  issuer: string | null
  audience: string
  client_id: string
  demo: boolean
  conflicts: 'deny' | 'warn'
  max_window_days: number
  stream: boolean
  projects: boolean
  /** The most nights of a series. */
  max_series: number
}

/** What `sites` answers. */
export type SitesOutput = ({
  code: string
  name: string
  latitude: number
  longitude: number
  elevation: number
  time_zone: string
  enclosure: string
  wema?: string
  /** The lowest altitude that the mount reaches, degrees. */
  horizon?: number
  /** The lowest hour angle, hours: from -12 to 0. */
  ha_limit_neg?: number
  /** The highest hour angle, hours: from 0 to 12. */
  ha_limit_pos?: number
  /** How near to the zenith the mount cannot follow, degrees. */
  zenith_blind_spot?: number
  rules?: Rules
})[]

/** The endpoints, a function each. Every function throws `ApiError` or `NetworkError`. */
export interface Endpoints {
  /**
   * Create a reservation. The same event again from the same caller is a retry with the same response; any other
   * use of a known `event_id` is a 409.
   * @throws ApiError 400, 401, 403, 409, 413, 429, 500, 503
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.newEvent({
   *   event_id: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
   *   start: '2030-06-20T04:15:00Z',
   *   end: '2030-06-20T05:00:00Z',
   *   site: 'saf',
   * })
   * ```
   */
  newEvent(input: NewEventInput, options?: CallOptions): Promise<NewEventOutput>

  /**
   * Change a reservation. One atomic change: a rejected one leaves the event as it was. Absent fields keep their
   * value; id and creator never change. Give `originalEvent` and `modifiedEvent`, or one flat event with its
   * `event_id` and the changes. `If-Match` with an older revision gives 412.
   * @throws ApiError 400, 401, 403, 404, 409, 412, 413, 429, 500, 503
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.modifyEvent({
   *   originalEvent: { event_id: '7c9e6679-7425-40de-944b-e07fc1f90ae7', start: '2030-06-20T04:15:00Z' },
   *   modifiedEvent: { end: '2030-06-20T05:15:00Z' },
   * })
   * ```
   */
  modifyEvent(input: ModifyEventInput, options?: CallOptions): Promise<ModifyEventOutput>

  /**
   * Delete a reservation. One's own, or anyone's of priority `low_priority` or `background`. Its history stays,
   * and `restore-event` brings it back. `creator_id` is ignored.
   * @throws ApiError 400, 401, 403, 404, 409, 412, 413, 429, 500, 503
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.deleteEvent({ event_id: '7c9e6679-7425-40de-944b-e07fc1f90ae7', start:
   * '2030-06-20T04:15:00Z' })
   * ```
   */
  deleteEvent(input: DeleteEventInput, options?: CallOptions): Promise<DeleteEventOutput>

  /**
   * Whether a reservation would be accepted. Decides as `newevent` or `modifyevent` would, and changes nothing:
   * every objection, a conflict first, then each rule that is broken. A request that would fail for another reason
   * fails with the same error here.
   * @throws ApiError 400, 401, 403, 404, 412, 413, 429, 500, 503
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.checkEvent({
   *   as: 'modifyevent',
   *   event: { event_id: '7c9e6679-7425-40de-944b-e07fc1f90ae7', end: '2030-06-20T07:00:00Z' },
   * })
   * ```
   */
  checkEvent(input: CheckEventInput, options?: CallOptions): Promise<CheckEventOutput>

  /**
   * Every revision of a reservation. Oldest first; for its observer, admins and services. `before` is null if it
   * was created, `after` if it was deleted. All revisions, or a 413 if they are more than 8 MB; with `limit` or
   * `before`, the newest that fit.
   * @throws ApiError 400, 401, 403, 404, 413, 429, 500, 503
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.eventHistory({ event_id: '7c9e6679-7425-40de-944b-e07fc1f90ae7' })
   * ```
   */
  eventHistory(input: EventHistoryInput, options?: CallOptions): Promise<EventHistoryOutput>

  /**
   * Undo: bring a reservation back to how a revision left it. Under the same conflict rule as any other change.
   * Deleted reservations come back; changed ones go back.
   * @throws ApiError 400, 401, 403, 404, 409, 413, 429, 500, 503
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.restoreEvent({ event_id: '7c9e6679-7425-40de-944b-e07fc1f90ae7', revision: 1 })
   * ```
   */
  restoreEvent(input: RestoreEventInput, options?: CallOptions): Promise<RestoreEventOutput>

  /**
   * The reservations at one or several sites. All that overlaps `[start, end)`, by start; always the whole list.
   * With `full_project_details` each event that has a project has a `project` too: complete for its owner, admins
   * and services. If there are no details it is `Project not found.`, and if the projects service was not asked,
   * `Project not looked up.`
   * @throws ApiError 400, 413, 500, 503
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.siteEvents({ site: 'saf', start: '2030-06-17T18:00:00Z', end:
   * '2030-06-24T18:00:00Z' })
   * ```
   */
  siteEvents(input: SiteEventsInput, options?: CallOptions): Promise<SiteEventsOutput>

  /**
   * The LCO scheduler's observations at a telescope. All that overlap `[start, end)`, by start, from the
   * observation portal of the telescope: what is planned, running or over, but not what was canceled. At most half
   * a minute old. Empty for a telescope without a portal; 502 if the portal does not answer, or not with a whole
   * schedule.
   * @throws ApiError 400, 413, 500, 502, 503
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.schedulerObservations({ site: 'mrc1', start: '2030-06-17T18:00:00Z', end:
   * '2030-06-24T18:00:00Z' })
   * ```
   */
  schedulerObservations(input: SchedulerObservationsInput, options?: CallOptions): Promise<SchedulerObservationsOutput>

  /**
   * Whom a closure would affect. For admins and services: the reservations that `maintenance` at a telescope, or
   * at an enclosure, would conflict with, closures included, by start; always the whole list, unmasked, and as
   * they are stored.
   * @throws ApiError 400, 401, 403, 413, 429, 500, 503
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.reservationsAffected({ site: 'saf', start: '2030-06-17T18:00:00Z', end:
   * '2030-06-24T18:00:00Z' })
   * ```
   */
  reservationsAffected(input: ReservationsAffectedInput, options?: CallOptions): Promise<ReservationsAffectedOutput>

  /**
   * An observer's reservations that end at a time or later. By end.
   * @throws ApiError 400, 413, 500, 503
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.userEventsEndingAfterTime({ user_id: 'demo|ada', time: '2030-06-20T00:00:00Z' })
   * ```
   */
  userEventsEndingAfterTime(input: UserEventsEndingAfterTimeInput, options?: CallOptions): Promise<UserEventsEndingAfterTimeOutput>

  /**
   * The reservations at a site at an instant. Start ≤ time < end. During maintenance, only that: this decides who
   * may command.
   * @throws ApiError 400, 413, 500, 503
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.getEventAtTime({ site: 'saf', time: '2030-06-20T04:30:00Z' })
   * ```
   */
  getEventAtTime(input: GetEventAtTimeInput, options?: CallOptions): Promise<GetEventAtTimeOutput>

  /**
   * One reservation. With its revision as the ETag, followed by `m` if something is masked.
   * @throws ApiError 400, 404, 413, 500, 503
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.getEvent({ event_id: '7c9e6679-7425-40de-944b-e07fc1f90ae7' })
   * ```
   */
  getEvent(input: GetEventInput, options?: CallOptions): Promise<GetEventOutput>

  /**
   * Whether an observer has a site at an instant. `true` or `false`. During maintenance, `true` only for its
   * observer.
   * @throws ApiError 400, 413, 500, 503
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.isUserScheduled({ user_id: 'demo|ada', site: 'saf', time: '2030-06-20T04:30:00Z'
   * })
   * ```
   */
  isUserScheduled(input: IsUserScheduledInput, options?: CallOptions): Promise<IsUserScheduledOutput>

  /**
   * Whether a site is taken for an observer. Another observer's reservation, or maintenance, at `time` or between
   * `start` and `end`.
   * @throws ApiError 400, 413, 500, 503
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.doesConflictingEventExist({
   *   user_id: 'demo|bo',
   *   site: 'saf',
   *   start: '2030-06-20T04:15:00Z',
   *   end: '2030-06-20T05:00:00Z',
   * })
   * ```
   */
  doesConflictingEventExist(input: DoesConflictingEventExistInput, options?: CallOptions): Promise<DoesConflictingEventExistOutput>

  /**
   * Whether an observer may command a telescope. An admin always may; anyone while nothing is reserved; otherwise
   * whoever has a reservation. During maintenance only its observer may. The response holds `until` a time at
   * which it may change: at most 30 s ahead if the observer is allowed, since somebody may reserve the telescope
   * at any time. `time` is now unless given. `roles` counts from a service only; a token shows the role of its own
   * `sub` only.
   * @throws ApiError 400, 413, 500, 503
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.mayCommand({ user_id: 'demo|ada', site: 'saf', time: '2030-06-20T04:30:00Z' })
   * ```
   */
  mayCommand(input: MayCommandInput, options?: CallOptions): Promise<MayCommandOutput>

  /**
   * Attach a project to reservations. One entry for each event: `updated`, `not_found` or `finished` (it has ended
   * and stays as it is). Unless signed in as an admin or a service: only what has not ended, and at most 200 at a
   * time.
   * @throws ApiError 400, 401, 413, 429, 500, 503
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.addProjectsToEvents({
   *   project_id: 'M31 LRGB#2030-06-01T00:00:00Z',
   *   events: [{ event_id: '7c9e6679-7425-40de-944b-e07fc1f90ae7', start: '2030-06-20T04:15:00Z' }],
   * })
   * ```
   */
  addProjectsToEvents(input: AddProjectsToEventsInput, options?: CallOptions): Promise<AddProjectsToEventsOutput>

  /**
   * Detach the project from reservations. The same list as add-projects-to-events, of up to 5000, in a body of up
   * to 1 MB. Unless signed in as an admin or a service: only what has not ended.
   * @throws ApiError 400, 401, 413, 429, 500, 503
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.removeProjectFromEvents({ events: ['7c9e6679-7425-40de-944b-e07fc1f90ae7'] })
   * ```
   */
  removeProjectFromEvents(input: RemoveProjectFromEventsInput, options?: CallOptions): Promise<RemoveProjectFromEventsOutput>

  /**
   * Clear the LCO scheduler's own blocks. Removes events of origin `lco` that start after the cutoff; answers the
   * distinct project ids they had. Without signing in, only what has not ended.
   * @throws ApiError 400, 401, 413, 429, 500, 503
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.removeExpiredLcoSchedule({ site: 'saf', cutoff_time: '2030-06-20T00:00:00Z' })
   * ```
   */
  removeExpiredLcoSchedule(input: RemoveExpiredLcoScheduleInput, options?: CallOptions): Promise<RemoveExpiredLcoScheduleOutput>

  /**
   * Targets by name. The objects of Messier and Caldwell, bright stars, planets and the Moon whose names match
   * `q`, the best first, at most 20. Case, spaces, hyphens and accents do not matter. Coordinates in `q` are
   * returned as one target: `00 42 44.3 +41 16 09`, with colons or letters between, or in degrees, also with
   * labels like RA and Dec. `ra` and `dec` are degrees of ICRS (J2000); of planets and the Moon those of now, as
   * seen from the centre of the Earth.
   * @throws ApiError 400, 413, 500, 503
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.targets({ q: 'Andromeda Galaxy' })
   * ```
   */
  targets(input: TargetsInput, options?: CallOptions): Promise<TargetsOutput>

  /**
   * When a target can be observed. For each site, the nights (noon to noon) that overlap `[start, end)`: rise,
   * transit and set of the target; and within `[start, end)` the intervals in which it is dark and the target
   * within the limits of airmass and mount, and a curve. At most 100 sites and 31 nights; 10 and 14 without
   * signing in. A site with no interval has `reasons`: `not_dark`, `target_low` or `unknown_site`. Reservations do
   * not count here. Formulas and accuracy: docs/planning.md.
   * @throws ApiError 400, 413, 429, 500, 503
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.targetVisibility({
   *   site: 'saf',
   *   target: 'M 31',
   *   start: '2030-11-21T09:00:00Z',
   *   end: '2030-11-21T09:30:00Z',
   * })
   * ```
   */
  targetVisibility(input: TargetVisibilityInput, options?: CallOptions): Promise<TargetVisibilityOutput>

  /**
   * When a reservation can be made, and a target observed. The intervals of at least `minutes` within `[start,
   * end)`, from now on, that overlap no reservation and no closure, keep the site's rules, and meet the
   * constraints. Each is as long as it can be, within one night (noon to noon). At most 100 sites and 31 nights;
   * 10 and 14 without signing in. The first `limit` are returned, the soonest ones or the best; `more` says
   * whether there are others. `ignore` is one of your own reservations, whose time counts as free. A site without
   * any interval has `reasons`. Constraints, formulas and the score of `best`: docs/planning.md.
   * @throws ApiError 400, 413, 429, 500, 503
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.availability({
   *   site: 'saf',
   *   start: '2030-11-20T19:00:00Z',
   *   end: '2030-11-21T19:00:00Z',
   *   minutes: 45,
   *   target: 'M 31',
   *   min_lunar_distance: 40,
   * })
   * ```
   */
  availability(input: AvailabilityInput, options?: CallOptions): Promise<AvailabilityOutput>

  /**
   * What observers are allowed at a site. The rules of the site and of the network. With a token also what the
   * caller has left of each quota, in the night of `time` and, of the runs of 7 nights that hold it, in the one
   * that is used most.
   * @throws ApiError 400, 413, 500, 503
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.siteRules({ site: 'saf', time: '2030-06-20T04:15:00Z' })
   * ```
   */
  siteRules(input: SiteRulesInput, options?: CallOptions): Promise<SiteRulesOutput>

  /**
   * Create a reservation in each of several nights. One atomic change. Each night gets an ordinary reservation,
   * decided as by `newevent`, with the `series_id`, and with an `event_id` made of that and the date.
   * `on_conflict: skip` leaves out the nights that are refused; otherwise one of them refuses all. The same series
   * again from the same caller is a retry with the same response.
   * @throws ApiError 400, 401, 403, 409, 413, 429, 500, 503
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.newSeries({
   *   series_id: 'm31-on-thursdays',
   *   site: 'saf',
   *   first_night: '2030-06-19',
   *   nights: { every: 7, count: 1 },
   *   start: { clock: '22:15' },
   *   minutes: 45,
   * })
   * ```
   */
  newSeries(input: NewSeriesInput, options?: CallOptions): Promise<NewSeriesOutput>

  /**
   * Change the reservations of a series from a night on. One atomic change: all of them, or none. Absent fields
   * keep their value. `start` counts in the night in which each is now. Reservations that have ended stay as they
   * are; those that were changed by hand are changed like the others.
   * @throws ApiError 400, 401, 403, 404, 409, 413, 429, 500, 503
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.modifySeries({ series_id: 'm31-on-thursdays', from_night: '2030-06-19', start: {
   * clock: '22:15' } })
   * ```
   */
  modifySeries(input: ModifySeriesInput, options?: CallOptions): Promise<ModifySeriesOutput>

  /**
   * Delete the reservations of a series from a night on. One atomic change: all of them, or none. Reservations
   * that have ended stay. `restore-event` brings each of the others back.
   * @throws ApiError 400, 401, 403, 404, 409, 413, 429, 500, 503
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.deleteSeries({ series_id: 'm31-on-thursdays', from_night: '2030-06-19' })
   * ```
   */
  deleteSeries(input: DeleteSeriesInput, options?: CallOptions): Promise<DeleteSeriesOutput>

  /**
   * Move reservations to other times or telescopes. For admins and services; at most 200 at a time, one after the
   * other. Each keeps its length, and is moved in an atomic change of its own. One entry for each: `moved`,
   * `not_found`, `finished` (it has ended and stays as it is) or `refused`. A moved event has `moved_from`
   * (`site`, `start`, `end`) until its observer changes it. `override` overrides rules, and never a conflict.
   * @throws ApiError 400, 401, 403, 413, 429, 500, 503
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.moveReservations({
   *   moves: [{ event_id: '7c9e6679-7425-40de-944b-e07fc1f90ae7', start: '2030-06-21T04:15:00Z' }],
   * })
   * ```
   */
  moveReservations(input: MoveReservationsInput, options?: CallOptions): Promise<MoveReservationsOutput>

  /**
   * The caller's secret calendar feeds. Lists them; makes one with `make`, at most 10; ends one with `feed_id` and
   * `revoke`. Whoever knows the address of a feed can read its observer's reservations, unmasked: `made.path`,
   * below the address of the endpoints. It is shown once, when the feed is made, and cannot be found out later. A
   * feed needs no token, and lives until it is revoked. Not for services.
   * @throws ApiError 400, 401, 403, 404, 413, 429, 500, 503
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.calendarFeeds({})
   * ```
   */
  calendarFeeds(input?: CalendarFeedsInput, options?: CallOptions): Promise<CalendarFeedsOutput>

  /**
   * The caller. Without valid credentials the role is `anonymous`, and `user_id` and `name` are null.
   * @throws ApiError 400, 413, 500, 503
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.me()
   * ```
   */
  me(options?: CallOptions): Promise<MeOutput>

  /**
   * The projects an observer may attach. From the projects service, newest first. `user_id` is the caller's unless
   * an admin or a service asks for another's.
   * @throws ApiError 400, 401, 403, 404, 413, 429, 500, 502, 503
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.projects({ user_id: 'demo|ada' })
   * ```
   */
  projects(input?: ProjectsInput, options?: CallOptions): Promise<ProjectsOutput>

  /**
   * The changes at sites, in pages or as they are committed. By `Accept`, and where it has no preference JSON with
   * `since` or `limit`, and else the stream. As JSON a page of the changes after `since`, complete and in the
   * order of their commits, and the cursor after it; without `since` only the present cursor. As Server-Sent
   * Events, until either side ends them: `hello` first, `change` for each change, `reset` when changes were left
   * out: with `since` in its data they can be read from there, else everything must be read again. `config` says
   * whether there is a stream.
   * @throws ApiError 400, 406, 410, 413, 429, 500, 503
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.changesPage({ since: '149-77d0c31e', site: 'saf', limit: 1000 })
   * ```
   */
  changesPage(input?: ChangesPageInput, options?: CallOptions): Promise<ChangesPageOutput>

  /**
   * The public configuration.
   * @throws ApiError 500
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.config()
   * ```
   */
  config(options?: CallOptions): Promise<ConfigOutput>

  /**
   * The telescopes whose position on Earth is known.
   * @throws ApiError 500
   * @throws NetworkError
   * @example
   * ```ts
   * const answer = await calendar.sites()
   * ```
   */
  sites(options?: CallOptions): Promise<SitesOutput>
}

/** How each function asks. `hasInput` is false if the endpoint asks nothing. */
export const ENDPOINTS = {
  newEvent: { path: 'newevent', method: 'POST', hasInput: true },
  modifyEvent: { path: 'modifyevent', method: 'POST', hasInput: true },
  deleteEvent: { path: 'delete', method: 'POST', hasInput: true },
  checkEvent: { path: 'check-event', method: 'POST', hasInput: true },
  eventHistory: { path: 'event-history', method: 'either', hasInput: true },
  restoreEvent: { path: 'restore-event', method: 'POST', hasInput: true },
  siteEvents: { path: 'siteevents', method: 'either', hasInput: true },
  schedulerObservations: { path: 'scheduler-observations', method: 'either', hasInput: true },
  reservationsAffected: { path: 'reservations-affected', method: 'either', hasInput: true },
  userEventsEndingAfterTime: { path: 'user-events-ending-after-time', method: 'either', hasInput: true },
  getEventAtTime: { path: 'get-event-at-time', method: 'either', hasInput: true },
  getEvent: { path: 'get-event', method: 'either', hasInput: true },
  isUserScheduled: { path: 'is-user-scheduled', method: 'either', hasInput: true },
  doesConflictingEventExist: { path: 'does-conflicting-event-exist', method: 'either', hasInput: true },
  mayCommand: { path: 'may-command', method: 'either', hasInput: true },
  addProjectsToEvents: { path: 'add-projects-to-events', method: 'POST', hasInput: true },
  removeProjectFromEvents: { path: 'remove-project-from-events', method: 'POST', hasInput: true },
  removeExpiredLcoSchedule: { path: 'remove-expired-lco-schedule', method: 'POST', hasInput: true },
  targets: { path: 'targets', method: 'either', hasInput: true },
  targetVisibility: { path: 'target-visibility', method: 'either', hasInput: true },
  availability: { path: 'availability', method: 'either', hasInput: true },
  siteRules: { path: 'site-rules', method: 'either', hasInput: true },
  newSeries: { path: 'newseries', method: 'POST', hasInput: true },
  modifySeries: { path: 'modifyseries', method: 'POST', hasInput: true },
  deleteSeries: { path: 'deleteseries', method: 'POST', hasInput: true },
  moveReservations: { path: 'move-reservations', method: 'POST', hasInput: true },
  calendarFeeds: { path: 'calendar-feeds', method: 'POST', hasInput: true },
  me: { path: 'me', method: 'either', hasInput: false },
  projects: { path: 'projects', method: 'either', hasInput: true },
  changesPage: { path: 'changes', method: 'GET', hasInput: true },
  config: { path: 'config', method: 'GET', hasInput: false },
  sites: { path: 'sites', method: 'GET', hasInput: false },
} as const satisfies Readonly<Record<keyof Endpoints, object>>
