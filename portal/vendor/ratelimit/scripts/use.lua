-- How the present window of an operation is used: calls of people, of sweeps, of others, the limit, people and sweeps who
-- wait, calls in flight.
local by_people, by_sweep = calls_since(now - window)
local waiting_people, waiting_sweeps = 0, 0
local waiters = redis.call('ZRANGE', line, 0, -1, 'WITHSCORES')
for at = 1, #waiters, 2 do
  if is_alive(waiters[at]) then
    if tonumber(waiters[at + 1]) > SWEEPS_BEHIND then
      waiting_sweeps = waiting_sweeps + 1
    else
      waiting_people = waiting_people + 1
    end
  end
end
return {by_people, by_sweep, others(), allowed(), waiting_people, waiting_sweeps, in_flight_here()}
