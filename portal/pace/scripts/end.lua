-- End a call or a wait, and take in what the answer said; whoever is next is woken.
-- ARGV[8]: when the turn was taken, 0 when there was none; ARGV[9]: "" without an answer, "429", or "answer"
-- ARGV[10..13]: limit, remaining, used, microseconds to the reset, each "" when not told
local taken, answer = tonumber(ARGV[8]), ARGV[9]
local told, remaining, used, reset = tonumber(ARGV[10]), tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13])
local SECOND = 1e6

redis.call('ZREM', line, name)
redis.call('ZREM', place_line, name)
redis.call('DEL', 'pace:alive:' .. name, 'pace:wake:' .. name)
if redis.call('ZREM', flying, name) == 1 or taken > 0 then note_call(now) end

local function note(...)
  redis.call('HSET', about, ...)
  redis.call('PEXPIRE', about, milliseconds(WINDOWS_REMEMBERED * window))
end

-- A call that was taken before the operation closed says nothing of how it is since.
local function note_refusal()
  local closed_until, refusals = learned('closed_until'), learned('refusals')
  if taken >= closed_until then refusals = refusals + 1 end
  local pause = math.max(reset or 0, SECOND * 2 ^ math.min(refusals - 1, 20))
  -- However odd the header, an operation is never closed for longer than a window.
  note('refusals', refusals, 'closed_until', text(math.max(closed_until, now + math.min(pause, window))))
end

-- Calls that the vendor counted and we did not make belong to another application of the same domain, or to ourselves
-- before Redis lost its memory. All of ours that the vendor can have counted are taken off, so we never blame ourselves.
-- What fits beside a limit of ours that is below the vendor's is no concern. The most that was seen holds for a window.
local function note_others(counted, vendor_limit)
  local by_people, by_sweep = calls_since(taken - window)
  local foreign = math.max(0, counted - by_people - by_sweep - math.max(0, vendor_limit - limit))
  if foreign + others() > 0 and foreign >= others() then note('others', foreign, 'others_until', text(foreign > 0 and now + window or 0)) end
  local began = string.match(redis.call('GET', since) or '', ':(%d+)')
  if began and taken >= tonumber(began) then note('known', began) end
end

if answer ~= '' then
  if taken == 0 then taken = now end
  if told then note('limit', math.max(1, told)) end
  if answer == '429' then
    note_refusal()
  elseif taken >= learned('closed_until') then
    redis.call('HDEL', about, 'refusals')
  end
  local vendor_limit = told or limit
  if remaining then
    note_others(math.max(0, vendor_limit - remaining), vendor_limit)
  elseif used then
    note_others(used, vendor_limit)
  end
end
wake(first_of(line))
wake_for_a_place()
return 0
