//! What the kernel knows of a process.

use std::{fs, time::Duration};

use anyhow::{Context, Result};

/// CPU time of a process so far, all its threads, user and system.
pub fn cpu(id: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
    // After the name in brackets: state is field 3, utime 14, stime 15.
    let (_, rest) = stat.rsplit_once(')').context("stat has a name")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks = |field: usize| -> Result<u64> {
        let text = fields.get(field - 3).context("stat is too short")?;
        Ok(text.parse()?)
    };
    let sum = ticks(14)? + ticks(15)?;
    let per_second = rustix::param::clock_ticks_per_second();
    Ok(Duration::from_secs_f64(sum as f64 / per_second as f64))
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

/// Waits until the process has nothing left to do: no CPU time for a while.
pub async fn at_rest(id: u32) -> Result<()> {
    let mut last = cpu(id)?;
    let mut quiet = 0;
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let now = cpu(id)?;
        quiet = if now == last { quiet + 1 } else { 0 };
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
