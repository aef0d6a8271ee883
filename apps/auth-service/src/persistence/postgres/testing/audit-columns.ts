/** Owns the audit trail as one table, for whoever expects what it says. Does not own what is expected. */

/** The columns of an event, with `address` and `personal` from beside the chain: null where there is none. */
export const AUDIT_EVENTS = `(
  SELECT e.*, a.data #>> '{}' AS address, p.data AS personal FROM auth.audit_events e
  LEFT JOIN auth.audit_personal a ON a.event_id = e.id AND a.part = 'address'
  LEFT JOIN auth.audit_personal p ON p.event_id = e.id AND p.part = 'personal') AS audit_events`;
