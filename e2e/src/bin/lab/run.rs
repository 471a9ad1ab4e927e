//! Runs cells and faults, and keeps what failed ones leave.

use std::{fs, panic::AssertUnwindSafe, path::Path as Folder, time::Duration};

use anyhow::{Context, Result, anyhow, ensure};
use e2e::stats::Samples;
use futures_util::FutureExt;

use crate::{
    access::Access,
    cells::Cell,
    faults::Fault,
    figures::{self, Figure},
    path::Path,
    probe,
    stage::{Joined, Stage, folder},
    world::{Hosting, Uplink, World},
};

/// What takes longer has got stuck.
const LONGEST_CALL: Duration = Duration::from_secs(60);
const LONGEST_FAULT: Duration = Duration::from_secs(780);
/// After some minutes a browser takes the other's sound, which is that of the same made-up
/// microphone, for an echo of its own, and sends next to nothing.
const MOST_IN_A_CALL: u32 = 20;

/// How much is run.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    pub times: u32,
    pub seed: u64,
    /// Faults last as long as LAB.md says.
    pub long: bool,
    /// So many times a fault's limits are good enough.
    pub slack: f64,
    /// What was to be seen is kept, also of what holds.
    pub keep: bool,
}

/// What a cell gave.
#[derive(Debug, Clone)]
pub struct CellResult {
    pub runs: u32,
    pub connected: u32,
    pub first_frame_ms: Samples,
    pub paths: Vec<[Path; 2]>,
    pub rate: Samples,
    pub gap_ms: Samples,
    /// Why it failed.
    pub trouble: Option<String>,
}

impl CellResult {
    fn note(&mut self, joined: Joined) {
        self.connected += 1;
        self.first_frame_ms.push(joined.first_frame_ms);
        self.rate.push(joined.rate);
        self.gap_ms.push(joined.gap_ms);
        if !self.paths.contains(&joined.paths) {
            self.paths.push(joined.paths);
        }
    }

    /// Whether every call came up as it should, within its time.
    pub fn holds(&self) -> bool {
        self.trouble.is_none()
    }
}

/// Builds networks of this kind, by cable and by our link, and looks whether they behave so.
pub fn networks(access: Access, seed: u64) -> Result<()> {
    let folder = folder("networks")?;
    for hosting in [Hosting::Public, Hosting::OneToOne] {
        let homes = [(access, Uplink::Weather), (access, Uplink::Cable)];
        probe::check(&World::build(hosting, homes, seed, &folder)?)?;
    }
    Ok(())
}

/// Runs a cell: one world, one pair of browsers, and so many calls, each in a room and pages of its
/// own (and so with new sockets, and new mappings in the routers).
pub async fn cell(cell: &Cell, effort: Effort) -> Result<CellResult> {
    let mut result = CellResult {
        runs: effort.times,
        connected: 0,
        first_frame_ms: Samples::default(),
        paths: Vec::new(),
        rate: Samples::default(),
        gap_ms: Samples::default(),
        trouble: None,
    };
    let folder = folder(&cell.name)?;
    let longest = LONGEST_CALL * (effort.times + 1);
    let played = calls(cell, effort, &folder, &mut result);
    let ended = contained(longest, played).await.and_then(|()| {
        let (p95, most) = (result.first_frame_ms.percentile(95), cell.class().most_ms());
        ensure!(
            p95 <= most,
            "first frame after {p95:.0} ms, at most {most:.0}"
        );
        Ok(())
    });
    result.trouble = conclude(&folder, ended, effort.keep);
    Ok(result)
}

async fn calls(
    cell: &Cell,
    effort: Effort,
    folder: &Folder,
    result: &mut CellResult,
) -> Result<()> {
    let mut stage = Stage::set(cell, Uplink::Cable, effort.seed, folder).await?;
    let mut failed = None;
    for _ in 0..effort.times {
        // The stage must still be there to be looked at.
        match contained(LONGEST_CALL, call(&stage)).await {
            Ok(joined) => result.note(joined),
            Err(error) if failed.is_none() => {
                stage.keep(folder).await;
                stage.end_call().await?;
                failed = Some(error);
            }
            // One more may be chance.
            Err(_) => break,
        }
    }
    if let Some(error) = failed {
        // What was kept is of the call that failed.
        stage.close().await?;
        return Err(error);
    }
    let played = stage.is_well();
    finish(stage, folder, played, effort.keep).await
}

/// One call, from the first page to the last.
async fn call(stage: &Stage) -> Result<Joined> {
    let link = stage.start_call().await?;
    let joined = stage.join(&link).await?;
    stage.end_call().await?;
    Ok(joined)
}

/// What a fault gave: the figures of every time.
#[derive(Debug, Clone)]
pub struct FaultResult {
    pub times: u32,
    pub figures: Vec<(Figure, Samples)>,
    pub trouble: Option<String>,
}

/// Runs a fault, as often as asked: in few calls where it can happen again.
pub async fn fault(fault: &Fault, effort: Effort) -> Result<FaultResult> {
    let mut result = FaultResult {
        times: 0,
        figures: Vec::new(),
        trouble: None,
    };
    let folder = folder(fault.name)?;
    let in_each = if fault.can_be_repeated() {
        MOST_IN_A_CALL
    } else {
        1
    };
    while result.times < effort.times {
        let seed = effort.seed + u64::from(result.times);
        let times = in_each.min(effort.times - result.times);
        let effort = Effort { seed, ..effort };
        let played = faults(fault, times, effort, &folder, &mut result);
        let ended = contained(LONGEST_FAULT, played).await;
        if let Err(error) = ended {
            result.trouble = conclude(&folder, Err(error), effort.keep);
            return Ok(result);
        }
    }
    result.trouble = conclude(&folder, Ok(()), effort.keep);
    Ok(result)
}

async fn faults(
    fault: &Fault,
    times: u32,
    effort: Effort,
    folder: &Folder,
    result: &mut FaultResult,
) -> Result<()> {
    let mut stage = fault.stage(effort.seed, folder).await?;
    let played = async {
        let link = stage.start_call().await?;
        stage.join(&link).await?;
        for _ in 0..times {
            let figures = fault.happen(&mut stage, &link, effort.long).await?;
            result.times += 1;
            note(&mut result.figures, &figures);
        }
        let broken: Vec<String> = result
            .figures
            .iter()
            .filter(|(figure, samples)| !figures::keep(figure, samples, effort.slack))
            .map(|(figure, _)| format!("{}: {:.1}", figure.what, figure.value))
            .collect();
        ensure!(broken.is_empty(), "out of its limit: {}", broken.join(", "));
        stage.is_well()
    };
    let played = contained(LONGEST_FAULT - Duration::from_secs(20), played).await;
    finish(stage, folder, played, effort.keep).await
}

/// Of each figure all values, and the worst.
fn note(all: &mut Vec<(Figure, Samples)>, figures: &[Figure]) {
    for figure in figures {
        let Some((worst, samples)) = all.iter_mut().find(|(old, _)| old.what == figure.what) else {
            let mut samples = Samples::default();
            samples.push(figure.value);
            all.push((*figure, samples));
            continue;
        };
        samples.push(figure.value);
        if worst.holds(1.0) && !figure.holds(1.0) {
            *worst = *figure;
        }
    }
}

/// With a deadline, and a panic as an error.
async fn contained<T>(longest: Duration, played: impl Future<Output = Result<T>>) -> Result<T> {
    match tokio::time::timeout(longest, AssertUnwindSafe(played).catch_unwind()).await {
        Ok(Ok(result)) => result,
        Ok(Err(panic)) => Err(anyhow!("{}", e2e::words_of(panic.as_ref()))),
        Err(_) => Err(anyhow!("it took longer than {longest:?}")),
    }
}

async fn finish(stage: Stage, folder: &Folder, played: Result<()>, keep: bool) -> Result<()> {
    if keep || played.is_err() {
        stage.keep(folder).await;
    }
    let closed = stage.close().await;
    played.and(closed.context("close the browsers"))
}

/// Without trouble, nothing is kept unless that was asked for.
fn conclude(folder: &Folder, ended: Result<()>, keep: bool) -> Option<String> {
    match ended {
        Ok(()) if keep => None,
        Ok(()) => {
            let _ = fs::remove_dir_all(folder);
            None
        }
        Err(error) => Some(format!(
            "{error:#}; what was to be seen is in {}",
            folder.display()
        )),
    }
}
