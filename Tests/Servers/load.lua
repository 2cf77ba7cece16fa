-- What wrk asks nginx for when it measures: requests of a few kinds in turn, each with a number of its own.
--   wrk ... -s load.lua http://HOST:PORT/PATH -- TAG
local tag, number = "", 0
local sizes = { 0, 100, 2000, 20000 }
local statuses = { 200, 200, 200, 201, 404, 500 }
local body = string.rep("b", 500)

function init(arguments)
  tag = arguments[1] or ""
end

function request()
  number = number + 1
  local bytes, status = sizes[number % #sizes + 1], statuses[number % #statuses + 1]
  local target = wrk.path .. "?bytes=" .. bytes .. "&status=" .. status .. "&n=" .. tag .. number
  if number % 5 == 0 then
    return wrk.format("POST", target, { ["Content-Type"] = "application/octet-stream" }, body)
  end
  return wrk.format("GET", target)
end
