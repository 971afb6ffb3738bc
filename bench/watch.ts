/** Measures the longest turn of the event loop until it is stopped, in milliseconds: it reads the clocks once in each turn. */
export function watching() {
  let [isOn, turns, cpu, wall] = [true, 0, 0, 0]
  let [lastCpu, lastWall] = [cpuMs(), performance.now()]
  const check = () => {
    const [nowCpu, nowWall] = [cpuMs(), performance.now()]
    cpu = Math.max(cpu, nowCpu - lastCpu)
    wall = Math.max(wall, nowWall - lastWall)
    ;[lastCpu, lastWall, turns] = [nowCpu, nowWall, turns + 1]
    if (isOn) setImmediate(check)
  }
  setImmediate(check)
  return {
    stop() {
      isOn = false
      check()
      return { cpu, wall, turns }
    },
  }
}

/** CPU time of this thread (from Node.js 24 on), else of the process. */
export function cpuMs(): number {
  const { threadCpuUsage } = process as { threadCpuUsage?: () => NodeJS.CpuUsage }
  const { user, system } = threadCpuUsage?.() ?? process.cpuUsage()
  return (user + system) / 1000
}
