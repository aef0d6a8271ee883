/**
 * Owns the four scripts by which a publisher writes to the stream, each of them atomic, and the two that read leases.
 * Does not own the form of the entries (wire-format) nor when they are called (redis-wire, publish-round).
 *
 * KEYS[1] is the stream, KEYS[2] the mark: a hash of the epoch, the identity of the Redis in which it was begun, the last
 * id written, and the newest watermark. The mark counts only while Redis is still that one and the stream still ends
 * there: a restart, a promoted replica, a FLUSHALL or a lost tail makes every script answer "foreign epoch" until a new
 * epoch is begun. So no watermark can ever be written behind entries that were lost.
 */
const STANDING = `
local function identity()
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
  local replication = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
  return run .. ':' .. replication
end
local function last_id()
  if redis.call('EXISTS', KEYS[1]) == 0 then return '' end
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then return info[i + 1] end
  end
  return ''
end
local function milliseconds()
  local time = redis.call('TIME')
  return string.format('%.0f', tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))
end
local function standing_epoch()
  local mark = redis.call('HMGET', KEYS[2], 'epoch', 'identity', 'last_id')
  if not mark[1] or mark[2] ~= identity() or mark[3] ~= last_id() then return '' end
  return mark[1]
end
`;

/** Answers: time, identity, epoch or '', newest watermark or '', last id or '', length. */
export const INSPECT = `${STANDING}
local now = milliseconds()
local watermark = redis.call('HGET', KEYS[2], 'watermark_at') or ''
return { now, identity(), standing_epoch(), watermark, last_id(), redis.call('XLEN', KEYS[1]) }
`;

/** ARGV: epoch, then the fields of the mark's entry. Answers 1, or 0 when the mark found is not lower. */
export const BEGIN_EPOCH = `${STANDING}
local found = tonumber(redis.call('HGET', KEYS[2], 'epoch') or '0')
if found >= tonumber(ARGV[1]) then return 0 end
local id = redis.call('XADD', KEYS[1], '*', unpack(ARGV, 2))
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[2], 'epoch', ARGV[1], 'identity', identity(), 'last_id', id, 'epoch_id', id)
return 1
`;

/** ARGV: epoch, then for each entry the number of its fields and values, and those. Answers their ids, or 0: foreign epoch. */
export const APPEND = `${STANDING}
if standing_epoch() ~= ARGV[1] then return 0 end
local at, ids = 2, {}
while at <= #ARGV do
  local count = tonumber(ARGV[at])
  ids[#ids + 1] = redis.call('XADD', KEYS[1], '*', unpack(ARGV, at + 1, at + count))
  at = at + count + 1
end
if #ids > 0 then redis.call('HSET', KEYS[2], 'last_id', ids[#ids]) end
return ids
`;

/**
 * ARGV: epoch, the watermark's time, the id to trim to or '', then the fields of its entry. Answers 1, or 0: foreign epoch.
 * One watermark stands at a time, and a slow round does not take the place of a quicker one. The first of an epoch comes
 * after the refill: what stands before the mark of the epoch is then a copy, and is trimmed. Writing and trimming are one
 * act: no reader finds a watermark before a copy whose original is gone.
 */
export const WATERMARK = `${STANDING}
if standing_epoch() ~= ARGV[1] then return 0 end
local mark = redis.call('HMGET', KEYS[2], 'watermark_id', 'watermark_at', 'epoch_id')
if mark[2] and tonumber(mark[2]) > tonumber(ARGV[2]) and tonumber(mark[2]) <= tonumber(milliseconds()) then return 1 end
local id = redis.call('XADD', KEYS[1], '*', unpack(ARGV, 4))
if mark[1] then redis.call('XDEL', KEYS[1], mark[1]) else redis.call('XTRIM', KEYS[1], 'MINID', mark[3]) end
if ARGV[3] ~= '' then redis.call('XTRIM', KEYS[1], 'MINID', ARGV[3]) end
redis.call('HSET', KEYS[2], 'last_id', id, 'watermark_id', id, 'watermark_at', ARGV[2])
return 1
`;

/** Of a user of any sane name; a longer key is nobody's lease. */
export const MOST_KEY_BYTES = 512;

/** False for what is no lease, or longer than any: a guard's user may write what it likes there. */
const LEASE_TEXT = `
local function lease_text(key)
  local kind = redis.call('TYPE', key)['ok']
  return kind == 'string' and redis.call('STRLEN', key) <= 4096 and redis.call('GET', key) or false
end
local texts = {}
`;

/** KEYS: leases. Answers their texts, nil for what is none. */
export const LEASES = `${LEASE_TEXT}
for i, key in ipairs(KEYS) do texts[i] = lease_text(key) end
return texts
`;

/**
 * ARGV: where to go on, the pattern of the leases' keys, how many keys to look at. Answers where to go on, those keys, and their texts as LEASES
 * does.
 */
export const LEASES_FROM = `${LEASE_TEXT}
local found = redis.call('SCAN', ARGV[1], 'MATCH', ARGV[2], 'COUNT', ARGV[3])
local keys = {}
for _, key in ipairs(found[2]) do
  if #key <= ${MOST_KEY_BYTES} then
    keys[#keys + 1] = key
    texts[#keys] = lease_text(key)
  end
end
return { found[1], keys, texts }
`;
