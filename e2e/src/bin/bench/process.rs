//! What the kernel knows of a process.

use std::{fs, io::ErrorKind, time::Duration};

use anyhow::{Context, Result};

/// CPU time of a process so far, all threads that it has, user and system. By the scheduler's own
/// count: `/proc/ID/stat` counts in ticks of 10 ms, more than a thousand connections cost.
pub fn cpu(id: u32) -> Result<Duration> {
    let mut sum = 0;
    for thread in fs::read_dir(format!("/proc/{id}/task"))? {
        let text = match fs::read_to_string(thread?.path().join("schedstat")) {
            Ok(text) => text,
            // It has just ended.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(error.into()),
        };
        let on_cpu_ns = text.split_whitespace().next().context("empty schedstat")?;
        sum += on_cpu_ns.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(sum))
}

/// Memory that is resident, in bytes.
pub fn resident(id: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("no VmRSS")?;
    let kilobytes: u64 = line
        .split_whitespace()
        .next()
        .context("VmRSS has a number")?
        .parse()?;
    Ok(kilobytes * 1024)
}

/// CPU time in 100 ms that is no work: timers that tick.
const NOTHING: Duration = Duration::from_millis(1);

/// Waits until the process has nothing left to do: hardly any CPU time for a while.
pub async fn at_rest(id: u32) -> Result<()> {
    let mut last = cpu(id)?;
    let mut quiet = 0;
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let now = cpu(id)?;
        quiet = if now.saturating_sub(last) < NOTHING {
            quiet + 1
        } else {
            0
        };
        if quiet >= 5 {
            return Ok(());
        }
        last = now;
    }
    // Something ticks for ever; what is measured then includes it.
    Ok(())
}

/// Lets this process and those it starts have many connections.
pub fn allow_many_files() -> Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let wanted = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, wanted)?;
    Ok(())
}
